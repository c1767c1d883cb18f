from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0009_contact_points_by_address"),
    ]

    operations = [
        migrations.AddField(
            model_name="contactpoint",
            name="cases",
            field=models.CharField(blank=True, db_default="", default="", max_length=100),
        ),
        migrations.AddField(
            model_name="contactpoint",
            name="cases_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="contactpoint",
            index=models.Index(
                condition=models.Q(("cases", ""), _negated=True), fields=["id"], name="contact_told_of_cases"
            ),
        ),
    ]
