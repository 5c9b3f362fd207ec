"""The log is append-only in PostgreSQL itself, as the ledger is, by the same function."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

APPEND_ONLY = """
CREATE TRIGGER deed_append_only BEFORE UPDATE OR DELETE ON operations_deed
    FOR EACH ROW EXECUTE FUNCTION royalties_refuse_change();
"""
REVERSE = "DROP TRIGGER deed_append_only ON operations_deed"


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("royalties", "0002_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="KeyState",
            fields=[
                ("role", models.CharField(max_length=12, primary_key=True, serialize=False)),
                ("address", models.CharField(max_length=42)),
                ("gas_wei", models.DecimalField(decimal_places=0, max_digits=40)),
                ("transactions_left", models.PositiveBigIntegerField(null=True)),
                ("token_micros", models.BigIntegerField()),
                ("seen_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Deed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("text", models.CharField(max_length=300)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["-at", "-id"], name="deed_newest")]},
        ),
        migrations.CreateModel(
            name="Reconciliation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("open", models.BooleanField(default=True)),
                ("asked_at", models.DateTimeField()),
                ("leased_until", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("seconds", models.FloatField(null=True)),
                ("bundles_from", models.PositiveIntegerField(default=1)),
                ("checks", models.JSONField(default=list)),
                ("figures", models.JSONField(default=list)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("open", True)),
                        fields=("open",),
                        name="one_open_reconciliation",
                    )
                ]
            },
        ),
        migrations.RunSQL(APPEND_ONLY, REVERSE),
    ]
