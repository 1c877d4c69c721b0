"""Several addresses that do the same work: what each of them is found to be comes to one sample."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from statistics import median_low

from statuspage.model import Sample, Verdict

MISSING, TOO_FEW = "replicas.missing", "replicas.too_few"
_WELL = (Verdict.UP, Verdict.DEGRADED)  # it answers


def merged(samples: Sequence[Sample], quorum: int, *, partial: bool = False) -> Sample:
    """One sample from those of each address, the first one's first; a lone one stays as it is.

    All well: up, or degraded when one of them is. At least `quorum` well and another down: degraded, `partial`
    makes that a partial outage. Fewer than `quorum`: down. One that is not measured counts neither as well nor
    as down; where it could decide whether the quorum is reached, nothing is known.
    """
    if len(samples) == 1:
        return samples[0]
    well = [s for s in samples if s.verdict in _WELL]
    down = [s for s in samples if s.verdict is Verdict.DOWN]
    unknown = [s for s in samples if s.verdict is Verdict.UNKNOWN]
    verdict, code = _verdict(well, down, unknown, quorum)
    return replace(
        samples[0],
        at=max(s.at for s in samples),
        verdict=verdict,
        code=code,
        detail=_detail(samples),
        latency=_median_latency(well),
        attempts=max(s.attempts for s in samples),
        flaked=any(s.flaked for s in samples),
        partial=partial and code == MISSING,
        measures=_measures(well),
        tokens=sum(s.tokens for s in samples),
        calls=sum(s.calls for s in samples),
        fell_back=_any_fell_back(samples),
        kept="",
    )


def _verdict(
    well: Sequence[Sample], down: Sequence[Sample], unknown: Sequence[Sample], quorum: int
) -> tuple[Verdict, str]:
    if len(well) + len(unknown) < quorum:
        return Verdict.DOWN, TOO_FEW
    if len(well) < quorum:
        return Verdict.UNKNOWN, unknown[0].code
    if down:
        return Verdict.DEGRADED, MISSING
    worst = next((s for s in well if s.verdict is Verdict.DEGRADED), well[0])
    return worst.verdict, worst.code


def _detail(samples: Sequence[Sample]) -> str:
    """How many are not up and why, in figures and codes alone: `1 of 3 down: tcp.refused`."""
    parts = []
    for verdict, words in (
        (Verdict.DOWN, "down"),
        (Verdict.DEGRADED, "degraded"),
        (Verdict.UNKNOWN, "not measured"),
    ):
        codes = [s.code for s in samples if s.verdict is verdict]
        if codes:
            parts.append(f"{len(codes)} of {len(samples)} {words}: {', '.join(dict.fromkeys(codes))}")
    return "; ".join(parts) or next((s.detail for s in samples if s.flaked), "")


def _median_latency(well: Sequence[Sample]) -> timedelta | None:
    known = [s.latency for s in well if s.latency is not None]
    return median_low(known) if known else None


def _measures(well: Sequence[Sample]) -> Mapping[str, float]:
    """The median of each figure; of days left the fewest."""
    names = dict.fromkeys(name for s in well for name in s.measures)
    told = {name: [s.measures[name] for s in well if name in s.measures] for name in names}
    return {name: min(v) if name == "days_left" else median_low(v) for name, v in told.items()}


def _any_fell_back(samples: Sequence[Sample]) -> bool | None:
    known = [s.fell_back for s in samples if s.fell_back is not None]
    return any(known) if known else None
