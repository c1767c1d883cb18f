from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0007_countries"),
    ]

    operations = [
        migrations.AddField(
            model_name="contactpoint",
            name="feeds",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AddField(
            model_name="contactpoint",
            name="feeds_from",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
    ]
