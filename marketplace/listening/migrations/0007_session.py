from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("listening", "0006_withdrawn")]

    operations = [
        migrations.AddField(
            model_name="stream",
            name="session",
            field=models.CharField(blank=True, db_default="", default="", max_length=16),
        ),
    ]
