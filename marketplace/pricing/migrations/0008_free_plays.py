import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0008_renditions"),
        ("pricing", "0007_month_report"),
    ]

    operations = [
        migrations.CreateModel(
            name="FreePlays",
            fields=[
                (
                    "track",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="free_plays",
                        serialize=False,
                        to="catalog.track",
                    ),
                ),
                ("plays", models.PositiveIntegerField()),
            ],
        ),
        migrations.AddIndex(
            model_name="quote",
            index=models.Index(
                condition=models.Q(("price_micros", 0), ("state__in", ["spent", "accepted"])),
                fields=["track"],
                name="free_play",
            ),
        ),
    ]
