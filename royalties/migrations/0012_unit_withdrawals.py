import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("royalties", "0011_top_ups"),
    ]

    operations = [
        migrations.CreateModel(
            name="UnitWithdrawal",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=64)),
                ("units", models.PositiveIntegerField()),
                ("address", models.CharField(max_length=42)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("frozen", "Frozen"),
                            ("left", "Left"),
                            ("moved", "Moved"),
                            ("released", "Released"),
                        ],
                        default="frozen",
                        max_length=8,
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("tx_hash", models.CharField(blank=True, default="", max_length=66)),
            ],
        ),
        migrations.AlterField(
            model_name="outboxtransaction",
            name="kind",
            field=models.CharField(
                choices=[
                    ("publish", "Publish"),
                    ("veto", "Veto"),
                    ("register", "Register"),
                    ("sync", "Sync"),
                    ("claim", "Claim"),
                    ("withdraw", "Withdraw"),
                    ("move", "Move"),
                    ("fill", "Fill"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="party",
            name="kind",
            field=models.CharField(
                choices=[("person", "Person"), ("platform", "Platform"), ("outside", "Outside")],
                default="person",
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="unitmove",
            name="kind",
            field=models.CharField(
                choices=[
                    ("issue", "Issue"),
                    ("emission", "Emission"),
                    ("leave", "Leave"),
                    ("return", "Return"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="party",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "outside")), fields=("kind",), name="one_outside"
            ),
        ),
        migrations.AddField(
            model_name="unitwithdrawal",
            name="party",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="unit_withdrawals",
                to="royalties.party",
            ),
        ),
        migrations.AddField(
            model_name="unitwithdrawal",
            name="period",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="units_left",
                to="royalties.period",
            ),
        ),
        migrations.AddField(
            model_name="unitwithdrawal",
            name="terms",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="unit_withdrawals",
                to="royalties.terms",
            ),
        ),
        migrations.AddField(
            model_name="outboxtransaction",
            name="unit_withdrawal",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="transactions",
                to="royalties.unitwithdrawal",
            ),
        ),
        migrations.AddConstraint(
            model_name="unitwithdrawal",
            constraint=models.UniqueConstraint(
                fields=("party", "key"), name="unit_withdrawal_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="unitwithdrawal",
            constraint=models.CheckConstraint(
                condition=models.Q(("units__gt", 0), ("units__lte", 1000000)),
                name="unit_withdrawal_of_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="unitwithdrawal",
            constraint=models.CheckConstraint(
                condition=models.Q(("address__regex", "^0x[0-9a-fA-F]{40}$")),
                name="unit_withdrawal_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="unitwithdrawal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ended_at", None), ("period", None), ("state", "frozen"), ("tx_hash", "")
                    ),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("period", None),
                        ("state", "released"),
                        ("tx_hash", ""),
                    ),
                    models.Q(
                        ("ended_at", None),
                        ("period__isnull", False),
                        ("state", "left"),
                        ("tx_hash", ""),
                    ),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("period__isnull", False),
                        ("state", "moved"),
                        models.Q(("tx_hash", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="unit_withdrawal_states",
            ),
        ),
    ]
