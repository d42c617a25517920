"""The outlook of the sample as one document: what adds up, what is ordered, and what is refused."""

from __future__ import annotations

import pytest

from musubime.errors import InputError
from musubime.population import project
from musubime.region import Region
from musubime.region.sample import sample_region
from musubime.studies import PopulationDocument, PopulationOptions, population_of_region


@pytest.fixture(scope="module")
def region() -> Region:
    return sample_region()


@pytest.fixture(scope="module")
def document(region: Region) -> PopulationDocument:
    return population_of_region(region, PopulationOptions(to=2035, draws=100))


def test_the_outlook_is_that_of_project(region: Region, document: PopulationDocument) -> None:
    from musubime import parameters

    given = parameters.load(overrides=region.parameters)
    people = project(region.population, region.municipal, [2035], given, region.settlements).population.people[-1]
    told = [s.by_year[2035].expected for s in document.settlements]
    assert told == pytest.approx(people.sum(axis=(1, 2)).tolist())


def test_settlements_and_districts_add_up_to_the_municipality(document: PopulationDocument) -> None:
    assert document.years == [2025, 2030, 2035]
    assert len(document.districts) == 6
    for year, found in document.municipality.by_year.items():
        for field in ("expected", "expected_under_15", "expected_over_65"):
            whole = getattr(found, field)
            for units in (document.settlements, document.districts):
                assert sum(getattr(u.by_year[year], field) for u in units) == pytest.approx(whole)
        assert sum(map(sum, document.pyramid[year].expected)) == pytest.approx(found.expected)


def test_ends_of_intervals_are_in_order_and_chances_are_chances(document: PopulationDocument) -> None:
    for unit in [document.municipality, *document.districts, *document.settlements]:
        for found in unit.by_year.values():
            for one in (found.total, found.under_15, found.over_65, found.share_65):
                if one is not None:
                    ends = [one.low_95, one.low_80, one.middle, one.high_80, one.high_95]
                    assert ends == sorted(ends)
                    assert ends[0] >= 0
            chances = found.chances
            assert 0 <= chances.nobody <= chances.few_households <= 1
            assert chances.nobody <= chances.few_people <= 1
            assert 0 <= chances.half_over_65 <= 1 - chances.nobody
    base = document.municipality.by_year[2025]
    assert base.total.low_95 == base.total.high_95 == base.expected == 11_000


def test_every_wrong_option_is_told_at_once(region: Region) -> None:
    with pytest.raises(InputError) as caught:
        population_of_region(region, PopulationOptions(to=2025, draws=99, seed=-1))
    assert [fault.field for fault in caught.value.faults] == ["--to", "--draws", "--seed"]


@pytest.mark.parametrize(("to", "fine"), [(2025, False), (2026, True), (2085, True), (2086, False)])
def test_years_reach_sixty_years_on(region: Region, to: int, fine: bool) -> None:
    assert (not PopulationOptions(to=to).faults(region)) == fine


def written(folder, words: str, encoding: str = "utf-8"):
    path = folder / "prognosis.csv"
    path.write_bytes(words.encode(encoding))
    return path


def test_the_official_prognosis_stands_beside_the_chances(region: Region, tmp_path) -> None:
    ids, names = region.settlements.ids, region.settlements.names
    table = f"調査票,,\n集落コード,集落名,将来見通し\n,{names[0]},当面存続\n{ids[-1]},,１０年以内に消滅\n,{names[1]},\n"
    told = population_of_region(
        region, PopulationOptions(to=2035, draws=100, prognosis=written(tmp_path, table, "cp932")))
    assert told.prognosis is not None
    assert [(row.name, row.settlements) for row in told.prognosis.rows] == [
        ("within_10_years", 1), ("for_now", 1), ("unknown", 1)]
    assert told.prognosis.not_told == 117
    last = next(s for s in told.settlements if s.id == ids[-1])
    assert last.prognosis == "within_10_years"
    # The mean over the one settlement of a class is that settlement's own chance; classes change no chance.
    assert told.prognosis.rows[0].by_year[2035].nobody == last.by_year[2035].chances.nobody
    plain = population_of_region(region, PopulationOptions(to=2035, draws=100))
    assert plain.prognosis is None
    assert [s.by_year for s in plain.settlements] == [s.by_year for s in told.settlements]
    assert told.settlements[5].prognosis is None


def test_every_wrong_row_of_a_prognosis_is_named_and_the_options_too(region: Region, tmp_path) -> None:
    name = region.settlements.names[0]
    table = f"集落名,将来見通し\n{name},たぶん\nどこにもない村,当面存続\n{name},いずれ無人化\n{name},いずれ無人化\n"
    with pytest.raises(InputError) as caught:
        population_of_region(region, PopulationOptions(to=2025, draws=100, prognosis=written(tmp_path, table)))
    told = [(fault.field, fault.row, fault.value) for fault in caught.value.faults]
    assert told == [("--to", None, "2025"), ("", 2, "たぶん"), ("", 3, "どこにもない村"), ("", 5, name)]


@pytest.mark.parametrize("table", ["", "a,b\n1,2\n", "集落名,将来見通し\n", "集落名,人口\n本町,3\n"])
def test_a_table_that_is_no_prognosis_is_refused(region: Region, tmp_path, table: str) -> None:
    with pytest.raises(InputError):
        population_of_region(region, PopulationOptions(to=2035, draws=100, prognosis=written(tmp_path, table)))
    with pytest.raises(InputError):
        population_of_region(region, PopulationOptions(to=2035, draws=100, prognosis=tmp_path / "nowhere.csv"))


def test_the_prognosis_of_the_regions_folder_is_taken(tmp_path) -> None:
    from musubime.region.sample import write_sample

    write_sample(tmp_path / "town")
    home = Region.open(tmp_path / "town")
    written(tmp_path / "town", f"集落名,将来見通し\n{home.settlements.names[3]},いずれ無人化\n")
    told = population_of_region(home, PopulationOptions(to=2030, draws=100))
    assert told.prognosis is not None
    assert told.prognosis.file == "prognosis.csv"
    assert told.settlements[3].prognosis == "eventually"
