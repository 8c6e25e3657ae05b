#!/usr/bin/env python3
"""Reads a trace as Perfetto's importer of JSON does and names each rule that it breaks.

usage: check_trace.py TRACE.json...

Follows what google/perfetto does in src/trace_processor/importers (json/json_trace_tokenizer.cc, json_trace_parser.cc,
json_utils.cc; common/slice_tracker.cc, flow_tracker.cc, process_tracker.cc): times are cut to whole nanoseconds, events
sorted by time, slices kept on one stack per thread, arrows bound to the slice on top of it. What it would drop, leave
open, show without a name or count as an error is reported, one line each. Beyond that, curves must not be negative and
end at 0, since all curves of a simulation are amounts in use.

Exit code: 0 every trace is sound, 1 a rule is broken, 2 usage."""

import collections
import decimal
import json
import sys

SLICE_PHASES, FLOW_PHASES = "BEX", "stf"
KNOWN_PHASES = SLICE_PHASES + FLOW_PHASES + "MCiI"
MAX_DEPTH = 512  # SliceTracker: kMaxDepth
PENDING = -1  # duration of a slice that has begun and not ended


class Violation(collections.namedtuple("Violation", "rule text")):
    def __str__(self):
        return f"{self.rule}: {self.text}"


class Slice:
    """A slice as the importer keeps it; times in nanoseconds."""

    def __init__(self, event, track, start, duration):
        self.track, self.start, self.duration = track, start, duration
        self.name, self.category = event.get("name", ""), event.get("cat", "")
        self.arguments = event.get("args", {})

    @property
    def end(self):
        return self.start + self.duration


class Trace:
    """What is left of a trace after import: `slices` and `curves` by track, `arrows` (from, to), `processes` and
    `threads` with their names, and `violations`."""

    def __init__(self, text):
        self.violations = []
        self.slices, self.arrows = [], []
        self.curves = collections.defaultdict(list)  # (process, name) -> [(time, value)]
        self.processes, self.threads = {}, {}  # pid -> name; (pid, tid) -> name
        self.process_order, self.thread_order = {}, {}
        self.facts = {}
        self._stacks = collections.defaultdict(list)  # (pid, tid) -> open slices
        self._flows, self._ended_flows = {}, set()
        self._waiting_flows = collections.defaultdict(list)
        self._used = {}  # (pid, tid) -> first event that needs a name
        self._counting = set()  # pids with curves
        self._read(text)

    def complain(self, rule, text):
        self.violations.append(Violation(rule, text))

    def lane(self, track):
        return f"'{self.threads.get(track, '')}' of '{self.processes.get(track[0], '')}'"

    # ---- the file -----------------------------------------------------------------------------------

    def _read(self, text):
        def no_constant(name):
            raise ValueError(f"{name} is no JSON number")

        try:
            document = json.loads(text, parse_float=decimal.Decimal, parse_constant=no_constant)
        except (ValueError, RecursionError) as error:
            self.complain("json", str(error))
            return
        if isinstance(document, dict):
            if "displayTimeUnit" in document:
                self.complain("display_time_unit", "'displayTimeUnit' is not supported")
            self.facts = document.get("otherData", {})
            document = document.get("traceEvents")
        if not isinstance(document, list) or not all(isinstance(event, dict) for event in document):
            self.complain("json", "neither a list of events nor an object with a list 'traceEvents'")
            return
        events = []
        for number, event in enumerate(document):
            time = self._time_of(number, event)
            if time is not None:
                events.append((time, number, event))
        events.sort(key=lambda entry: entry[0])  # stable: equal times keep the order of the file
        for time, number, event in events:
            self._take(time, number, event)
        self._finish()

    def _time_of(self, number, event):
        """In whole nanoseconds, or None for events that the importer leaves out."""
        phase = event.get("ph")
        if not isinstance(phase, str) or len(phase) != 1 or phase not in KNOWN_PHASES:
            self.complain("phase", f"event {number} has phase {json.dumps(phase, default=str)}")
            return None
        for key in ("pid", "tid"):
            value = event.get(key)
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**32:
                self.complain("identity", f"event {number} has no {key} that is a number of 32 bits")
                return None
            if value == 0:
                self.complain("identity", f"event {number}: {key} 0 is the idle one, which is hidden")
        if phase == "M":
            return 0
        return self._nanoseconds(number, event, "ts")

    def _nanoseconds(self, number, event, key):
        value = event.get(key)
        if isinstance(value, bool) or not isinstance(value, (int, decimal.Decimal)):
            self.complain("time", f"event {number} has no {key} that is a number")
            return None
        if value < 0:
            self.complain("negative_time" if key == "ts" else "negative_duration", f"event {number}: {key} {value}")
            return None
        return int(value * 1000)  # cuts, as the importer does

    # ---- events in order of time --------------------------------------------------------------------

    def _take(self, time, number, event):
        phase, track = event["ph"], (event["pid"], event["tid"])
        if not isinstance(event.get("args", {}), dict):
            self.complain("arguments", f"event {number}: 'args' is no object")
            return
        if phase == "M":
            self._take_metadata(number, event, track)
        elif phase == "C":
            self._take_counter(time, number, event)
        elif phase in FLOW_PHASES:
            self._take_flow(time, number, event, track)
        elif phase == "E":
            self._take_end(time, number, event, track)
        else:
            self._take_slice(time, number, event, track)

    def _take_metadata(self, number, event, track):
        arguments = event.get("args", {})
        kind = event.get("name")
        if kind in ("process_name", "thread_name"):
            name = arguments.get("name")
            if not isinstance(name, str) or not name:
                self.complain("unnamed", f"event {number}: {kind} without a name")
                return
            known, key = (self.processes, track[0]) if kind == "process_name" else (self.threads, track)
            if known.get(key, name) != name:
                self.complain("renamed", f"event {number}: {kind} '{known[key]}' becomes '{name}'")
            known[key] = name
        elif kind in ("process_sort_index", "thread_sort_index"):
            index = arguments.get("sort_index")
            if not isinstance(index, int):
                self.complain("sort_index", f"event {number}: {kind} is no whole number")
                return
            order, key = (self.process_order, track[0]) if kind == "process_sort_index" else (self.thread_order, track)
            order[key] = index

    def _take_slice(self, time, number, event, track):
        duration = 0
        if event["ph"] == "X":
            duration = self._nanoseconds(number, event, "dur")
            if duration is None:
                return
        elif event["ph"] == "B":
            duration = PENDING
        if not event.get("name"):
            self.complain("unnamed", f"event {number}: a slice without a name")
        self._used.setdefault(track, number)
        stack = self._stacks[track]
        if not self._close(stack, time, duration, number, event):
            return
        if len(stack) >= MAX_DEPTH:
            self.complain("depth", f"event {number} is nested more than {MAX_DEPTH} deep")
            return
        stack.append(Slice(event, track, time, duration))
        self.slices.append(stack[-1])
        for flow in self._waiting_flows.pop(track, []):
            self.arrows.append((self._flows[flow], stack[-1]))

    def _close(self, stack, time, duration, number, event):
        """Takes slices that have ended off the stack. False when the new one would cross one that has not."""
        while stack and stack[-1].duration != PENDING:
            top = stack[-1]
            instants = top.duration == 0 and duration == 0
            if top.end > time or (top.end == time and instants):
                break
            stack.pop()
        for below in stack:
            if below.duration != PENDING and time < below.end < time + max(duration, 0):
                self.complain("overlap", f"event {number}: '{event.get('name')}' from {time} to {time + duration} ns "
                                         f"crosses the end of '{below.name}' at {below.end} ns on {self.lane(below.track)}")
                return False
        return True

    def _take_end(self, time, number, event, track):
        stack = self._stacks[track]
        name = event.get("name")
        for i in reversed(range(len(stack))):
            if stack[i].duration == PENDING and (not name or stack[i].name == name):
                if i + 1 < len(stack) and any(inner.duration == PENDING for inner in stack[i + 1:]):
                    self.complain("unbalanced", f"event {number} ends '{stack[i].name}' before what began inside of it")
                stack[i].duration = time - stack[i].start
                del stack[i:]
                return
        self.complain("unbalanced", f"event {number} ends a slice that has not begun")

    def _take_counter(self, time, number, event):
        arguments = event.get("args", {})
        self._counting.add(event["pid"])
        if not event.get("name"):
            self.complain("unnamed", f"event {number}: a counter without a name")
        if not arguments:
            self.complain("counter", f"event {number}: a counter without a value")
        for unit, value in arguments.items():
            if isinstance(value, bool) or not isinstance(value, (int, decimal.Decimal)):
                self.complain("counter", f"event {number}: {unit} is no number")
                continue
            curve = self.curves[event["pid"], f"{event.get('name', '')} {unit}"]
            if curve and time <= curve[-1][0]:
                self.complain("counter_time", f"event {number}: '{event.get('name')}' has two values at {time} ns")
            if value < 0:
                self.complain("counter", f"event {number}: '{event.get('name')}' falls below 0")
            curve.append((time, float(value)))

    def _take_flow(self, time, number, event, track):
        identity = event.get("id")
        if isinstance(identity, str):
            try:
                identity = int(identity, 16)
            except ValueError:
                identity = None
        if not isinstance(identity, int):
            self.complain("flow", f"event {number}: an arrow without a number as 'id'")
            return
        flow = (identity, event.get("cat"), event.get("name"))
        if event["ph"] == "f" and event.get("bp") != "e":
            if flow not in self._flows:
                self.complain("flow", f"event {number}: arrow {identity} ends and has not begun")
            else:
                self._waiting_flows[track].append(flow)
                self._ended_flows.add(flow)
            return
        stack = self._stacks[track]
        if not stack or (stack[-1].duration != PENDING and stack[-1].end < time):
            self.complain("flow", f"event {number}: arrow {identity} hangs in the air on {self.lane(track)}")
            return
        if event["ph"] == "s":
            if flow in self._flows:
                self.complain("flow", f"event {number}: arrow {identity} begins twice")
                return
            self._flows[flow] = stack[-1]
            return
        if flow not in self._flows:
            self.complain("flow", f"event {number}: arrow {identity} goes on and has not begun")
            return
        self.arrows.append((self._flows[flow], stack[-1]))
        if event["ph"] == "t":
            self._flows[flow] = stack[-1]
        else:
            self._ended_flows.add(flow)

    # ---- what only the end shows --------------------------------------------------------------------

    def _finish(self):
        for track, stack in self._stacks.items():
            for slice_ in stack:
                if slice_.duration == PENDING:
                    self.complain("unbalanced", f"'{slice_.name}' on {self.lane(track)} never ends")
        for track, number in self._used.items():
            if track not in self.threads:
                self.complain("unnamed", f"thread {track[1]} of process {track[0]} has no name; event {number} is its first")
        for pid in sorted({pid for pid, _ in self._used} | self._counting):
            if pid not in self.processes:
                self.complain("unnamed", f"process {pid} has no name")
            if pid not in self.process_order:
                self.complain("sort_index", f"process {pid} has no process_sort_index")
        homes = collections.defaultdict(set)
        for pid, tid in self._used:
            homes[tid].add(pid)
        for tid, pids in homes.items():
            if len(pids) > 1:
                self.complain("identity", f"thread {tid} is in processes {sorted(pids)}; names would be mixed up")
        for flow, source in self._flows.items():
            if flow not in self._ended_flows:
                self.complain("flow", f"arrow {flow[0]} from '{source.name}' never ends")
        for track, flows in self._waiting_flows.items():
            self.complain("flow", f"{len(flows)} arrows end on {self.lane(track)}, where no slice follows")
        for source, target in self.arrows:
            if target.start < source.start:
                self.complain("flow", f"an arrow leads from '{source.name}' back to '{target.name}'")
        for (pid, name), curve in self.curves.items():
            if curve[-1][1] != 0:
                self.complain("counter", f"'{name}' of '{self.processes.get(pid, '')}' ends at {curve[-1][1]}, not 0")

    # ---- for whoever asks ---------------------------------------------------------------------------

    def slices_of(self, process):
        return [slice_ for slice_ in self.slices if self.processes.get(slice_.track[0]) == process]

    def curve(self, process, name):
        """Points of one curve; process by the begin of its name."""
        for (pid, curve_name), points in self.curves.items():
            if self.processes[pid].startswith(process) and curve_name == name:
                return points
        raise KeyError(f"{name} of {process}")


def integral(points):
    """Area under a curve of steps, value × nanoseconds."""
    return sum(value * (later[0] - time) for (time, value), later in zip(points, points[1:]))


def main(arguments):
    if not arguments or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    sound = True
    for name in arguments:
        try:
            with open(name, encoding="utf-8") as file:
                trace = Trace(file.read())
        except (OSError, UnicodeDecodeError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
        for violation in trace.violations:
            print(f"{name}: {violation}")
        sound = sound and not trace.violations
        print(f"{name}: {len(trace.slices)} slices on {len(trace.threads)} tracks, {len(trace.curves)} curves, "
              f"{len(trace.arrows)} arrows, {len(trace.violations)} rules broken", file=sys.stderr)
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
