from codeact_tui.protocol.amounts import human_bytes, human_seconds


def test_sizes_and_durations_read_well() -> None:
    assert [human_bytes(size) for size in (0, 999, 1000, 23_456, 999_600, 1_400_000, 5_000_000_000_000)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "23 kB",
        "1.0 MB",
        "1.4 MB",
        "5.0 TB",
    ]
    assert [human_seconds(each) for each in (0.412, 12.34, 59.99, 125, 3725)] == [
        "0.41 s",
        "12.3 s",
        "1 min 00 s",
        "2 min 05 s",
        "1 h 02 min",
    ]
