from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0006_networks_by_number"),
    ]

    operations = [
        migrations.AlterField(
            model_name="network",
            name="kind",
            field=models.CharField(
                choices=[("cidr", "Cidr"), ("domain", "Domain"), ("asn", "Asn"), ("country", "Country")], max_length=8
            ),
        ),
    ]
