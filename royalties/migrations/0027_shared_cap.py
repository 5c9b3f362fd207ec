from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("royalties", "0026_unseen_holds")]

    operations = [
        migrations.AlterField(
            "paidplay",
            "no_units",
            models.CharField(
                blank=True,
                choices=[
                    ("own song", "Own"),
                    ("linked account", "Linked"),
                    ("daily limit", "Daily"),
                    ("shared cap", "Shared"),
                ],
                db_default="",
                max_length=14,
            ),
        ),
    ]
