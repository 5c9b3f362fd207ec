from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pricing", "0006_published_inputs")]

    operations = [
        migrations.CreateModel(
            name="MonthReport",
            fields=[
                ("month", models.DateField(primary_key=True, serialize=False)),
                ("document", models.JSONField()),
                ("whole", models.BooleanField(default=False)),
                ("made_at", models.DateTimeField()),
            ],
        ),
    ]
