"""Contact points for SMS, calls and webhooks; OpenPGP keys of mail addresses."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("parties", "0001_initial")]

    operations = [
        migrations.AddField("contactpoint", "pgp_key", models.TextField(blank=True, default="")),
        migrations.AddField("contactpoint", "pgp_fingerprint", models.CharField(blank=True, default="", max_length=40)),
        migrations.AddField("contactpoint", "pgp_expires_at", models.DateTimeField(null=True)),
        migrations.AddField("contactpoint", "secret", models.CharField(blank=True, default="", max_length=64)),
        migrations.AlterField(
            "contactpoint",
            "kind",
            models.CharField(
                choices=[
                    ("email", "Email"),
                    ("sms", "Sms"),
                    ("voice", "Voice"),
                    ("webhook", "Webhook"),
                    ("telephone", "Telephone"),
                ],
                max_length=12,
            ),
        ),
    ]
