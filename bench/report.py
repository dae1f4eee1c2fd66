"""Turns what bench.py measured into docs/benchmarks.md."""
import os
from statistics import median

NAMES = {
    "a": "(a) bare libcurl, the same bytes",
    "b": "(b) libcurl signing (`CURLOPT_AWS_SIGV4`)",
    "c": "**(c) bedrock on Lua 5.4**",
    "d": "(d) botocore",
    "e": "(e) AWS SDK for JavaScript v3",
}
CPU, WALL = 0, 1


def ratios(results, key, base, what):
    """Of each round, this contestant's time to the base's."""
    return [mine[what] / other[what]
            for mine, other in zip(results[key], results[base])]


def number(value):
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def spread(values):
    return (f"{number(median(values))} "
            f"({number(min(values))}–{number(max(values))})")


def timing_table(results, missing, base, unit):
    scale = {"µs": 1e6, "ms": 1e3}[unit]
    yield (f"| | CPU, {unit} | CPU, × ({base}) "
           f"| wall, {unit} | wall, × ({base}) |")
    yield "| --- | ---: | ---: | ---: | ---: |"
    for key, name in NAMES.items():
        if key in missing:
            yield f"| {name} | left out: {missing[key]} | | | |"
        elif key in results:
            cells = []
            for what in (CPU, WALL):
                time = median(round[what] for round in results[key]) * scale
                cells += [f"{time:.1f}",
                          spread(ratios(results, key, base, what))]
            yield f"| {name} | {' | '.join(cells)} |"


def instruction_table(counts):
    yield "| | instructions a call | × (a) |"
    yield "| --- | ---: | ---: |"
    for key, count in counts.items():
        yield f"| {NAMES[key]} | {count:,.0f} | {count / counts['a']:.2f} |"


def target_table(facts):
    """What issue 2 asks for, beside what was measured."""
    yield "| | target | measured | met |"
    yield "| --- | ---: | ---: | --- |"
    rows = [
        ("CPU of a call, × (a)", 1.25, "create", "a"),
        ("CPU of a cold start, × (a)", 2, "cold", "a"),
        ("CPU of a call with 15 MB, × (b)", 1.5, "image", "b"),
        ("`bedrock.so`, stripped, MB", 1, "size", None),
        ("Lua heap after `require`, KiB", 100, "heap", None),
    ]
    for name, target, what, base in rows:
        if "c" in facts["missing"]:
            yield f"| {name} | ≤ {target} | left out | no |"
            continue
        values = ([facts["module"][what]] if base is None
                  else ratios(facts[what], "c", base, CPU))
        met = "yes" if median(values) <= target else "**no**"
        text = number(values[0]) if base is None else spread(values)
        yield f"| {name} | ≤ {target} | {text} | {met} |"


def load_time(facts):
    if "c" not in facts["missing"]:
        yield ""
        yield (f"`require \"bedrock\"` takes "
               f"{facts['module']['load'] * 1e3:.2f} ms of CPU (median), "
               "shared libraries included.")


def sections(facts):
    missing = facts["missing"]
    yield "# Benchmarks"
    yield ""
    knobs = [f"{name}={os.environ[name]}" for name in ("ROUNDS", "CALLS")
             if name in os.environ]
    yield f"Written by `{' '.join(knobs + ['make bench'])}`; do not edit."
    yield """
All contestants talk plain HTTP/1.1 over loopback to one nginx that reads the
whole request and gives a fixed answer. Before anything is measured, a recorder
checks that they all send the same JSON, signed, to the same path; (a) and (b)
post the very bytes that (c) sends, (a) with its signature already made, and
leave libcurl's options at their defaults. CPU is user and system time of the
client. Times are medians; ratios are medians of each round's own ratio, with
the smallest and the largest in brackets. nginx has a core of its own where
there are two. Lower is better.
"""
    yield "## Targets\n"
    yield from target_table(facts)
    yield from load_time(facts)
    yield f"""
## create_custom_model

One call over a kept connection, with every member of the request syntax.
Rounds: {facts['rounds']}, each with new processes that make {facts['calls']} calls after
{facts['warm_up']} to warm up and take turns, {facts['slices']} slices each.
"""
    yield from timing_table(facts["create"], missing, "a", "µs")
    yield """
In user space, counted by callgrind (which has no SHA instructions, so that
signing costs more here than it does above):
"""
    yield from instruction_table(facts["instructions"])
    yield f"""
## Cold start

A whole process: load, client, one call. Alternating rounds: {facts['cold_rounds']}.
"""
    yield from timing_table(facts["cold"], missing, "a", "ms")
    yield f"""
## Converse with a 15 MB image

{facts['image_size']:,} raw bytes in one request of 20 MB; {facts['rounds']} rounds of
{facts['image_calls']} calls, taken in turns. (b) posts a body that was encoded
beforehand; the others start from the raw bytes.
"""
    yield from timing_table(facts["image"], missing, "b", "ms")
    yield "\n## Machine\n\n| | |\n| --- | --- |"
    for name, fact in facts["machine"].items():
        yield f"| {name} | {fact} |"


def write_report(facts, name):
    text = "\n".join(sections(facts)) + "\n"
    os.makedirs(os.path.dirname(name), exist_ok=True)
    with open(name, "w") as f:
        f.write(text)
    print(text)
