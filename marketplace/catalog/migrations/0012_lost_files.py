import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0011_withdrawn")]

    operations = [
        migrations.CreateModel(
            name="LostFile",
            fields=[
                ("name", models.CharField(max_length=160, primary_key=True, serialize=False)),
                (
                    "track",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.track",
                    ),
                ),
                ("seen_at", models.DateTimeField()),
            ],
        ),
    ]
