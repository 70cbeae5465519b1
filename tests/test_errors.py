from __future__ import annotations

from cgn_tf.errors import without_place


def test_messages_of_tensorflow_without_their_place_in_a_graph() -> None:
    message = "{{function_node __wrapped__IteratorGetNext_device_/job:localhost}} a.tfrecord;\nPermission denied [Op:X]"
    assert without_place(message) == "a.tfrecord; Permission denied [Op:X]"
    assert without_place("no space") == "no space"
