"""Writes events.out.tfevents.reference with TensorBoard's own record writer and protocol buffers.

Run from this directory: python events.py
"""

import tensorboard
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter


def scalars(**figures):
    return Summary(value=[Summary.Value(tag=tag.replace("__", "/"), simple_value=value)
                          for tag, value in figures.items()])


events = [
    Event(wall_time=1700000000.25, file_version="brain.Event:2"),
    Event(wall_time=1700000001.5, step=1, summary=scalars(train__loss=8.75, train__learning_rate=1e-7)),
    Event(wall_time=1700000002.5, step=300, summary=scalars(validation__bleu=-0.0)),
    Event(wall_time=1700000003.0, step=301, session_log=SessionLog(status=SessionLog.START)),
    Event(wall_time=1700000004.0, step=2**40, summary=scalars(**{"größe": 3.4e38})),
]
with open("events.out.tfevents.reference", "wb") as file:
    writer = RecordWriter(file)
    for event in events:
        writer.write(event.SerializeToString())
print("tensorboard", tensorboard.__version__)
