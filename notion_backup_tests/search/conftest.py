from notion_backup_tests.sql.conftest import showcase

__all__ = ["showcase"]
