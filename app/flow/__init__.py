"""The walk: a run is an append-only log; facts, steps and states are pure functions of it. No Flask, no sockets."""
