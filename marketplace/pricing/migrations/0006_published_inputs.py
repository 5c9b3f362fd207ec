from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pricing", "0005_price_in_index")]

    operations = [
        migrations.AddField(
            model_name="enginestep",
            name="formula",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="enginestep",
            name="inputs_sha256",
            field=models.CharField(default="", max_length=64),
        ),
        migrations.AddField(
            model_name="enginestep",
            name="follows_sha256",
            field=models.CharField(default="", max_length=64),
        ),
    ]
