from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("listening", "0004_renditions")]

    operations = [
        migrations.AddField(
            model_name="stream",
            name="told_seconds",
            field=models.FloatField(db_default=0.0),
        ),
        migrations.AddField(
            model_name="stream",
            name="implausible",
            field=models.BooleanField(db_default=False),
        ),
    ]
