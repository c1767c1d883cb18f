"""Channels beside mail: gateways' references and reports, reply codes, messages that come in."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import tongbao.kernel.clock
import tongbao.kernel.ids
import tongbao.notices.replies


class Migration(migrations.Migration):
    dependencies = [("notices", "0002_deliveries_by_state"), ("parties", "0002_contact_points")]

    operations = [
        migrations.AlterField(
            "delivery",
            "state",
            models.CharField(
                choices=[
                    ("due", "Due"),
                    ("sending", "Sending"),
                    ("sent", "Sent"),
                    ("delivered", "Delivered"),
                    ("failed", "Failed"),
                ],
                default="due",
                max_length=12,
            ),
        ),
        # What was sent before has no code: nobody was told one.
        migrations.AddField("delivery", "reply_code", models.CharField(blank=True, default="", max_length=12)),
        migrations.AlterField(
            "delivery",
            "reply_code",
            models.CharField(blank=True, default=tongbao.notices.replies.fresh_code, max_length=12),
        ),
        migrations.AddField("delivery", "reference", models.CharField(blank=True, default="", max_length=80)),
        migrations.AddField("delivery", "protected", models.BooleanField(default=False)),
        migrations.AddField("delivery", "reported_at", models.DateTimeField(null=True)),
        migrations.AddField("delivery", "report", models.CharField(blank=True, default="", max_length=200)),
        migrations.AddIndex(
            "delivery", models.Index(fields=["state", "channel", "due_at", "id"], name="delivery_of_channel")
        ),
        migrations.RemoveIndex("delivery", "delivery_of_state"),
        migrations.AddIndex("delivery", models.Index(fields=["reply_code"], name="delivery_of_code")),
        migrations.AddIndex("delivery", models.Index(fields=["reference"], name="delivery_of_reference")),
        migrations.CreateModel(
            "Report",
            [
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("channel", models.CharField(max_length=12)),
                ("reference", models.CharField(max_length=80)),
                (
                    "verdict",
                    models.CharField(
                        choices=[("delivered", "Delivered"), ("failed", "Failed"), ("broken", "Broken")], max_length=12
                    ),
                ),
                ("text", models.CharField(blank=True, default="", max_length=200)),
                ("at", models.DateTimeField(default=tongbao.kernel.clock.now)),
                (
                    "delivery",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reports",
                        to="notices.delivery",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "indexes": [models.Index(fields=["at"], condition=Q(("delivery", None)), name="report_waiting")],
                "constraints": [
                    models.UniqueConstraint(fields=["channel", "reference", "verdict"], name="report_once")
                ],
            },
        ),
        migrations.CreateModel(
            "Incoming",
            [
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "public_id",
                    models.CharField(default=tongbao.kernel.ids.public_id, editable=False, max_length=20, unique=True),
                ),
                ("channel", models.CharField(max_length=12)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("answer", "Answer"),
                            ("automatic", "Automatic"),
                            ("bounce", "Bounce"),
                            ("unplaced", "Unplaced"),
                            ("settled", "Settled"),
                        ],
                        max_length=12,
                    ),
                ),
                ("why", models.CharField(blank=True, default="", max_length=24)),
                ("sender", models.CharField(blank=True, default="", max_length=254)),
                ("subject_line", models.CharField(blank=True, default="", max_length=200)),
                ("text", models.TextField(blank=True, default="")),
                ("raw", models.TextField(blank=True, default="")),
                ("size", models.PositiveIntegerField(default=0)),
                ("digest", models.CharField(max_length=64)),
                ("received_at", models.DateTimeField(default=tongbao.kernel.clock.now)),
                (
                    "delivery",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="incoming",
                        to="notices.delivery",
                    ),
                ),
                (
                    "answer",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="incoming",
                        to="notices.answer",
                    ),
                ),
                ("settled_at", models.DateTimeField(null=True)),
                ("settled_by", models.CharField(blank=True, default="", max_length=64)),
                ("note", models.TextField(blank=True, default="")),
            ],
            options={
                "ordering": ["-received_at", "-id"],
                "indexes": [models.Index(fields=["state", "-received_at"], name="incoming_of_state")],
                "constraints": [models.UniqueConstraint(fields=["channel", "digest"], name="incoming_once")],
            },
        ),
    ]
