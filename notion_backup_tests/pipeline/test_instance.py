from __future__ import annotations

from pathlib import Path

import pytest

from notion_backup.errors import SettingsError
from notion_backup.pipeline.instance import open_instance, packaged_config, prepare_home
from notion_backup_tests.pipeline.world import make_settings

TOP = Path(__file__).parents[2]


def test_the_file_at_the_top_is_the_packaged_one() -> None:
    assert (TOP / "dagster.yaml").read_text(encoding="utf-8") == packaged_config()


def test_the_instance_tells_nobody_and_limits_each_connection_to_one_capture(tmp_path: Path) -> None:
    with open_instance(make_settings(tmp_path)) as instance:
        assert not instance.telemetry_enabled
        assert instance.event_log_storage.get_pool_config().default_pool_limit == 1
        assert instance.run_monitoring_enabled
        assert instance.run_monitoring_settings["free_slots_after_run_end_seconds"] == 5


def test_the_home_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    assert prepare_home(make_settings(tmp_path)).stat().st_mode & 0o077 == 0


def test_a_config_that_somebody_changed_is_left_as_it_is(tmp_path: Path) -> None:
    config = prepare_home(make_settings(tmp_path)) / "dagster.yaml"
    config.write_text("telemetry:\n  enabled: false\n", encoding="utf-8")

    prepare_home(make_settings(tmp_path))

    assert config.read_text(encoding="utf-8") == "telemetry:\n  enabled: false\n"


def test_a_config_of_an_earlier_version_is_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("notion_backup.pipeline.instance.packaged_config", lambda: "telemetry: {enabled: false}\n")
        config = prepare_home(make_settings(tmp_path)) / "dagster.yaml"
        assert config.read_text(encoding="utf-8") != packaged_config()

    prepare_home(make_settings(tmp_path))

    assert config.read_text(encoding="utf-8") == packaged_config()


def test_a_home_that_cannot_be_written_is_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file", encoding="utf-8")

    with pytest.raises(SettingsError, match="cannot be written"):
        prepare_home(make_settings(tmp_path))
