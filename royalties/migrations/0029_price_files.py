import django.db.models.deletion
from django.db import migrations, models

APPEND_ONLY = """
CREATE TRIGGER pricefile_append_only BEFORE UPDATE OR DELETE ON royalties_pricefile
    FOR EACH ROW EXECUTE FUNCTION royalties_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("royalties", "0028_moves_by_track")]

    operations = [
        migrations.CreateModel(
            name="PriceFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hour", models.PositiveBigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "period",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="price_files",
                        to="royalties.period",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["hour", "period"], name="price_file_once_a_period"
                    )
                ],
            },
        ),
        migrations.RunSQL(
            APPEND_ONLY, "DROP TRIGGER pricefile_append_only ON royalties_pricefile;"
        ),
    ]
