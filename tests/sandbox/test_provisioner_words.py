"""What the supervisor tells comes in any pieces, and says the same."""

import os

from codeact_tui.sandbox.provisioner import CodeActProvisioner, Ending


def test_how_the_last_kernel_ended_is_known_also_when_both_lines_come_at_once() -> None:
    provisioner = CodeActProvisioner()
    provisioner.status_fd, told = os.pipe()
    os.write(told, b'{"ended": 1, "code": -9}\n{"exit": -9}\n')
    os.close(told)
    for status in provisioner.statuses() or ():
        if status.ended:
            assert provisioner.ending_of(status) == Ending(-9)
    assert provisioner.ending(137) == Ending(-9)
    provisioner.let_go()
