from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("discovery", "0003_dislikes")]

    operations = [
        migrations.AddField(
            model_name="modelversion",
            name="quality",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="pinned",
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("pinned", True)), fields=("pinned",), name="one_pinned_model"
            ),
        ),
    ]
