import django.contrib.postgres.constraints
import django.db.models.deletion
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import royalties.models.wallets


class Migration(migrations.Migration):
    dependencies = [
        ("royalties", "0005_first_block"),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="WalletChallenge",
            fields=[
                (
                    "party",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="wallet_challenge",
                        serialize=False,
                        to="royalties.party",
                    ),
                ),
                ("nonce", models.CharField(max_length=32, unique=True)),
                ("address", models.CharField(max_length=42)),
                ("domain", models.CharField(max_length=255)),
                ("chain_id", models.PositiveBigIntegerField()),
                ("message", models.TextField()),
                ("issued_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("address__regex", "^0x[0-9a-fA-F]{40}$")),
                        name="challenge_of_an_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("issued_at"))),
                        name="challenge_lasts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LinkedWallet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("address", models.CharField(db_index=True, max_length=42)),
                ("nonce", models.CharField(max_length=32, unique=True)),
                ("message", models.TextField()),
                ("signature", models.CharField(max_length=132)),
                ("linked_at", models.DateTimeField()),
                ("usable_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="wallets",
                        to="royalties.party",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("address__regex", "^0x[0-9a-fA-F]{40}$")),
                        name="wallet_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("usable_at__gte", models.F("linked_at"))),
                        name="wallet_usable_once_linked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at", None),
                            ("ended_at__gte", models.F("linked_at")),
                            _connector="OR",
                        ),
                        name="wallet_ends_after_it_was_linked",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(
                            ("ended_at", None),
                            ("ended_at__gt", models.F("usable_at")),
                            _connector="OR",
                        ),
                        expressions=[
                            ("party", "="),
                            (royalties.models.wallets.Between("usable_at", "ended_at"), "&&"),
                        ],
                        name="one_wallet_in_use",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("address", "="),
                            ("party", "<>"),
                            (royalties.models.wallets.Between("linked_at", "ended_at"), "&&"),
                        ],
                        name="wallet_of_one_party",
                    ),
                ],
            },
        ),
    ]
