from django.db import migrations

from musubime.web.accounts.guards import drop_guards, raise_guards


class Migration(migrations.Migration):
    dependencies = [('accounts', '0001_initial')]
    operations = [
        migrations.RunPython(
            lambda apps, editor: raise_guards(editor.connection), lambda apps, editor: drop_guards(editor.connection),
        ),
    ]
