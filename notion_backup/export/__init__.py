"""From a snapshot to files and text that people and programs can use without this one."""
