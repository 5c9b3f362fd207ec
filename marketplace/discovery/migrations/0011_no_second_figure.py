"""A model's figure is in its card, as NDCG@10; the column held another one that no page shows."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("discovery", "0010_follow")]

    operations = [migrations.RemoveField(model_name="modelversion", name="quality")]
