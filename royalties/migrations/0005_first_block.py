from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("royalties", "0004_publication_of")]

    operations = [
        migrations.RenameField("deployment", "genesis_hash", "first_block_hash"),
    ]
