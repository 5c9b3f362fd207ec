"""Signed bytes get rows of their own, as a transaction may be signed again to pay more."""

import django.db.models.deletion
from django.db import migrations, models


def take_out(apps, schema_editor):
    from eth_account.typed_transactions.typed_transaction import TypedTransaction
    from hexbytes import HexBytes

    signed = apps.get_model("royalties", "SignedTransaction")
    rows = apps.get_model("royalties", "OutboxTransaction").objects.exclude(raw=None)
    for row in rows.iterator():
        fields = TypedTransaction.from_bytes(HexBytes(bytes(row.raw))).as_dict()
        signed.objects.create(
            of=row,
            hash=row.hash,
            raw=row.raw,
            gas=fields["gas"],
            max_fee_wei=fields["maxFeePerGas"],
            priority_fee_wei=fields["maxPriorityFeePerGas"],
            signed_at=row.created_at,
        )
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def put_back(apps, schema_editor):
    schema_editor.execute(
        "UPDATE royalties_outboxtransaction o SET raw = s.raw"
        " FROM royalties_signedtransaction s WHERE s.hash = o.hash"
    )


class Migration(migrations.Migration):
    dependencies = [("royalties", "0006_wallets")]

    operations = [
        migrations.CreateModel(
            name="SignedTransaction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hash", models.CharField(max_length=66, unique=True)),
                ("raw", models.BinaryField()),
                ("gas", models.PositiveBigIntegerField()),
                ("max_fee_wei", models.DecimalField(decimal_places=0, max_digits=30)),
                ("priority_fee_wei", models.DecimalField(decimal_places=0, max_digits=30)),
                ("signed_at", models.DateTimeField()),
                (
                    "of",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="signed",
                        to="royalties.outboxtransaction",
                    ),
                ),
            ],
        ),
        migrations.RunPython(take_out, put_back),
        migrations.RemoveField(model_name="outboxtransaction", name="raw"),
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
                    ("fill", "Fill"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="outboxtransaction",
            name="state",
            field=models.CharField(
                choices=[
                    ("planned", "Planned"),
                    ("signed", "Signed"),
                    ("broadcast", "Broadcast"),
                    ("mined", "Mined"),
                    ("final", "Final"),
                    ("replaced", "Replaced"),
                    ("reverted", "Reverted"),
                ],
                default="planned",
                max_length=9,
            ),
        ),
        migrations.RemoveConstraint(model_name="outboxtransaction", name="nonce_once"),
        migrations.AddConstraint(
            model_name="outboxtransaction",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("nonce__isnull", False), models.Q(("state", "replaced"), _negated=True)
                ),
                fields=("lane", "nonce"),
                name="nonce_once",
            ),
        ),
    ]
