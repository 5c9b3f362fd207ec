from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("royalties", "0024_units_together")]

    operations = [migrations.AddField("period", "longest_window", models.DurationField(null=True))]
