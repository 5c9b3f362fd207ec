from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def confirm_changed(apps: Apps, _: BaseDatabaseSchemaEditor) -> None:
    """A changed address was confirmed by a link; of the others nobody knows."""
    users = apps.get_model("users", "User")
    changes = apps.get_model("users", "AddressChange").objects.filter(user=models.OuterRef("pk"))
    last = models.Subquery(changes.order_by("-pk").values("made_at")[:1])
    users.objects.filter(models.Exists(changes)).update(confirmed_at=last)


class Migration(migrations.Migration):
    dependencies = [("users", "0004_address_changes")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="confirmed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(confirm_changed, migrations.RunPython.noop),
    ]
