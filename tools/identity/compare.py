#!/usr/bin/env python3
"""The linkage engine and Splink on the same sets in the same run: one table of quality and speed.

usage: compare.py --opor PATH [--shared ../shared] [--work target/identity] [--no-splink] [--only SET,SET] [--markdown OUT.md]

PATH is the release binary of `opor`. Splink (PyPI `splink`, DuckDB, pandas) is looked for in the Python that runs this:
  python3 -m venv target/identity/venv && target/identity/venv/bin/pip install splink
  target/identity/venv/bin/python tools/identity/compare.py --opor target/release/opor

Every set runs with the same settings of both programs. Truth is read for scoring only. Splink's thresholds are chosen
with the truth (the best F1, and the lowest at which pairs are 0.9999 precise), which flatters it; ours are fixed.
"""
import argparse, csv, gzip, json, os, resource, subprocess, sys, time
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))


def rows(path, **options):
    opened = gzip.open(path, "rt", encoding="utf-8-sig", newline="") if path.endswith(".gz") else open(path, encoding="utf-8-sig", newline="")
    with opened as file:
        yield from csv.DictReader(file, **options)


def write(path, header, lines):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(lines)


# The sets: our input, its map, the truth, and what Splink reads.

def febrl(shared, work, files, name):
    lines, header = [], None
    for file in files:
        with open(f"{shared}/data/empi/{file}", encoding="utf-8") as opened:
            read = list(csv.reader(opened, skipinitialspace=True))
        header, lines = read[0], lines + read[1:]
    write(f"{work}/{name}.csv", header, lines)
    write(f"{work}/{name}_truth.csv", ["record_id", "person_id"], [(line[0], line[0].split("-")[1]) for line in lines])
    return dict(input=f"{work}/{name}.csv", map="febrl", truth=f"{work}/{name}_truth.csv", kind="febrl")


def pseudopeople(shared, work):
    columns = ["first_name", "middle_initial", "middle_name", "last_name", "date_of_birth", "sex", "ssn", "street_number", "street_name", "unit_number", "city", "state", "zipcode"]
    lines, truth = [], []
    for file in ("decennial_census_2020", "wic_2020", "social_security_2020"):
        for row in rows(f"{shared}/data/linkage-pseudopeople/{file}_seed11.csv.gz"):
            number = f"{file[0]}{len(lines)}"
            lines.append([number] + [row.get(column, "") for column in columns])
            truth.append((number, row["simulant_id"]))
    write(f"{work}/pseudopeople.csv", ["record_id"] + columns, lines)
    write(f"{work}/pseudopeople_truth.csv", ["record_id", "person_id"], truth)
    return dict(input=f"{work}/pseudopeople.csv", map="pseudopeople", truth=f"{work}/pseudopeople_truth.csv", kind="pseudopeople")


def fake_1000(shared, work):
    read = list(rows(f"{shared}/data/linkage-splink/fake_1000.csv"))
    columns = [column for column in read[0] if column != "cluster"]
    write(f"{work}/fake_1000.csv", columns, [[row[column] for column in columns] for row in read])
    write(f"{work}/fake_1000_truth.csv", ["record_id", "person_id"], [(row["unique_id"], row["cluster"]) for row in read])
    return dict(input=f"{work}/fake_1000.csv", map="splink", truth=f"{work}/fake_1000_truth.csv", kind="fake_1000")


def opencr(shared, work):
    """Patients of the stories. Who is who is in their national number; patient 4 is another person under the laboratory's
    number of patient 3 (an overlay)."""
    folder = f"{shared}/data/linkage-opencr"
    lines, truth = [], []

    def add(number, person, resource, national):
        name = resource["name"][0]
        given = name.get("given", [""])
        telephone = next((t["value"] for t in resource.get("telecom", [])), "")
        lines.append([number, name.get("family", ""), given[0], " ".join(given[1:]), resource.get("birthDate", ""), resource.get("gender", "")[:1].upper(), telephone, national])
        truth.append((number, person))

    for number, file in (("1", "patient1_openmrs"), ("2", "patient2_dhis2"), ("3", "patient3_lims"), ("4", "patient4_lims")):
        add(f"file{number}", "gideon-other" if number == "4" else "gideon", json.load(open(f"{folder}/{file}.json")), "")
    for entry in json.load(open(f"{folder}/patientsBundle.json"))["entry"]:
        resource = entry["resource"]
        if "name" in resource:
            own = next(i["value"] for i in resource["identifier"] if "nationalid" not in i["system"] and "system1" not in i["system"])
            national = next((i["value"] for i in resource["identifier"] if "nationalid" in i["system"]), "")
            add(own, national, resource, national)
    write(f"{work}/opencr.csv", ["record_id", "family", "given", "middle", "dob", "sex", "phone", "hcn"], lines)
    write(f"{work}/opencr_truth.csv", ["record_id", "person_id"], truth)
    return dict(input=f"{work}/opencr.csv", map=None, truth=f"{work}/opencr_truth.csv", kind=None)


def nova_scotia(shared, name, suffix):
    return dict(input=f"{shared}/data/empi/{name}.csv{suffix}", map=None, truth=f"{shared}/data/empi/{name}_truth.csv{suffix}", kind="ns")


# Scores.

def pairs_of(count):
    return count * (count - 1) // 2


def best_of_pairs(scored, truth):
    """Best F1 of pairs, and recall at the lowest threshold where pairs are 0.9999 precise; `scored` best first."""
    total = sum(pairs_of(n) for n in Counter(truth.values()).values())
    right = seen = 0
    best, precise = (0.0, 0.0, 0.0), (0.0, None)
    scored = iter(scored)
    current, batch = None, []

    def close():
        nonlocal right, seen, best, precise
        for a, b in batch:
            seen += 1
            right += truth[a] == truth[b]
        if seen:
            f1 = 2 * right / (seen + total)
            if f1 > best[0]:
                best = (f1, right / seen, right / total)
            if right / seen >= 0.9999:
                precise = (right / total, current)

    for a, b, score in scored:
        if score != current:
            close()
            current, batch = score, []
        batch.append((a, b))
    close()
    return best, precise


def clusters_from(pairs, records):
    parent = {record: record for record in records}

    def find(x):
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for a, b in pairs:
        parent[find(a)] = find(b)
    return [(record, find(record)) for record in records]


def scorer(shared, truth, found, review=None):
    command = [sys.executable, f"{shared}/tools/empi_score.py", truth, found, "--json"]
    if review:
        command += ["--review", review]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def child_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime


def ours(opor, shared, work, name, one):
    base = f"{work}/{name}.ours"
    command = [opor, "identity", "match", "--in", one["input"], "--out", base + ".out.csv", "--review", base + ".review.csv", "--pairs", base + ".pairs.csv"]
    if one["map"]:
        command += ["--columns", f"{HERE}/maps/{one['map']}.toml"]
    before, started = child_seconds(), time.time()
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    cpu, wall = child_seconds() - before, time.time() - started
    compared = int(said.split(" pairs compared")[0].split(", ")[-1])
    scoring = float(said.split("scoring took ")[1].split(" s")[0]) if "scoring took " in said else None
    truth = {row["record_id"]: row["person_id"] for row in rows(one["truth"])}
    score = scorer(shared, one["truth"], base + ".out.csv", base + ".review.csv")
    scored = ((row["record_id_a"], row["record_id_b"], float(row["bits"])) for row in rows(base + ".pairs.csv"))
    best, precise = best_of_pairs(scored, truth)
    return dict(score=score, best=best, precise=precise, cpu=cpu, wall=wall, compared=compared, scoring=scoring)


# Splink: its usual model for each kind of columns.

def splink_frame(kind, one):
    import pandas as pd
    frame = pd.read_csv(one["input"], dtype=str, keep_default_na=False, skipinitialspace=True)
    frame.columns = [column.strip() for column in frame.columns]
    frame = frame.apply(lambda column: column.str.strip())
    if kind == "ns":
        for column in ("family", "given", "middle", "address"):
            frame[column] = frame[column].str.normalize("NFKD").str.encode("ascii", "ignore").str.decode("ascii").str.upper()
        frame["postal"] = frame["postal"].str.replace(" ", "")
        # The stand-ins of this set, handed to Splink: ours learns them.
        frame.loc[frame["dob"] == "1900-01-01", "dob"] = ""
        frame.loc[frame["hcn"].isin(["0000000000", "9999999999"]), "hcn"] = ""
        frame.loc[frame["phone"].isin(["0000000000", "9999999999", "9020000000"]), "phone"] = ""
        frame.loc[frame["address"].isin(["UNKNOWN", "NFA", "NO FIXED ADDRESS"]), "address"] = ""
        frame = frame.rename(columns={"record_id": "unique_id"})
    elif kind == "febrl":
        frame = frame.rename(columns={"rec_id": "unique_id", "given_name": "given", "surname": "family", "date_of_birth": "dob", "soc_sec_id": "hcn", "address_1": "address", "postcode": "postal"})
    elif kind == "pseudopeople":
        from_us = frame["date_of_birth"].str.replace("/", "")
        eight = from_us.str.len() == 8
        turned = from_us.where(~eight | from_us.str.slice(0, 2).isin(["19", "20", "18"]), from_us.str.slice(4, 8) + from_us.str.slice(0, 4))
        frame["dob"] = turned
        frame["middle"] = (frame["middle_initial"] + frame["middle_name"]).str.slice(0, 1)
        frame["address"] = (frame["street_number"] + " " + frame["street_name"]).str.strip()
        frame = frame.rename(columns={"record_id": "unique_id", "first_name": "given", "last_name": "family"})
    else:
        frame = frame.rename(columns={"first_name": "given", "surname": "family"})
    return frame.replace("", None)


def splink_settings(kind):
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on
    name = lambda column: cl.JaroWinklerAtThresholds(column, [0.95, 0.88]).configure(term_frequency_adjustments=True)
    date = cl.DamerauLevenshteinAtThresholds("dob", [1, 2])
    names = cl.ForenameSurnameComparison("given", "family", jaro_winkler_thresholds=[0.92, 0.88])
    if kind == "ns":
        comparisons = [names, cl.ExactMatch("middle"), date, cl.ExactMatch("sex"), cl.DamerauLevenshteinAtThresholds("hcn", [1, 2]), cl.ExactMatch("phone").configure(term_frequency_adjustments=True), name("address"), cl.ExactMatch("postal")]
        blocks = [block_on("hcn"), block_on("family", "dob"), block_on("given", "dob"), block_on("family", "given"), block_on("phone", "given"), block_on("dob", "postal"), block_on("substr(family,1,3)", "substr(given,1,3)", "substr(dob,1,4)"), block_on("given", "postal"), block_on("given", "address")]
        training = [block_on("family", "given"), block_on("dob"), block_on("hcn")]
    elif kind == "febrl":
        comparisons = [names, date, cl.DamerauLevenshteinAtThresholds("hcn", [1, 2]), cl.ExactMatch("street_number"), name("address"), cl.JaroWinklerAtThresholds("suburb", [0.9]), cl.DamerauLevenshteinAtThresholds("postal", [1]), cl.ExactMatch("state")]
        blocks = [block_on("hcn"), block_on("dob"), block_on("family", "given"), block_on("family", "postal"), block_on("given", "postal"), block_on("address", "street_number"), block_on("suburb", "family"), block_on("suburb", "given"), block_on("substr(hcn,1,4)", "postal"), block_on("address", "postal")]
        training = [block_on("family", "given"), block_on("dob"), block_on("hcn")]
    elif kind == "pseudopeople":
        comparisons = [names, cl.ExactMatch("middle"), date, cl.ExactMatch("sex"), name("address")]
        blocks = [block_on("family", "dob"), block_on("given", "dob"), block_on("family", "given"), block_on("dob", "middle"), block_on("address", "given"), block_on("substr(family,1,3)", "substr(given,1,3)")]
        training = [block_on("family", "given"), block_on("dob")]
    else:
        comparisons = [names, date, cl.ExactMatch("city").configure(term_frequency_adjustments=True), cl.EmailComparison("email")]
        blocks = [block_on("given", "family"), block_on("dob"), block_on("email"), block_on("family", "city"), block_on("given", "city")]
        training = [block_on("given", "family"), block_on("dob")]
    settings = SettingsCreator(link_type="dedupe_only", comparisons=comparisons, blocking_rules_to_generate_predictions=blocks, retain_intermediate_calculation_columns=False, retain_matching_columns=False)
    return settings, blocks, training


def splink(one):
    """In a process of its own, so that its processor time can be counted; prints where the pairs are."""
    from splink import Linker
    from splink.backends.duckdb import DuckDBAPI
    frame = splink_frame(one["kind"], one)
    settings, blocks, training = splink_settings(one["kind"])
    linker = Linker(DuckDBAPI().register(frame), settings)
    started = time.time()
    linker.training.estimate_probability_two_random_records_match(blocks[:2], recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    for block in training:
        linker.training.estimate_parameters_using_expectation_maximisation(block)
    trained = time.time()
    cpu = resource.getrusage(resource.RUSAGE_SELF)
    # Every blocked pair compared and scored, as ours; what is fetched afterwards is not counted.
    found = linker.inference.predict()
    after = resource.getrusage(resource.RUSAGE_SELF)
    scored = linker.misc.query_sql(f"select count(*) as n from {found.physical_name}").as_pandas_dataframe()["n"].iloc[0]
    frame = linker.misc.query_sql(f"select unique_id_l, unique_id_r, match_weight from {found.physical_name} where match_weight >= -10").as_pandas_dataframe()
    frame = frame.sort_values("match_weight", ascending=False)
    frame[["unique_id_l", "unique_id_r", "match_weight"]].to_csv(one["pairs"], index=False)
    print(json.dumps(dict(train=trained - started, predict=time.time() - trained, predict_cpu=after.ru_utime - cpu.ru_utime, cpu=after.ru_utime, pairs=int(scored), peak=after.ru_maxrss)))


def theirs(shared, work, name, one):
    pairs = f"{work}/{name}.splink.pairs.csv"
    command = [sys.executable, os.path.abspath(__file__), "--splink-one", json.dumps(dict(one, pairs=pairs))]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.stderr.write(done.stderr[-2000:])
        return None
    told = json.loads(done.stdout.strip().splitlines()[-1])
    truth = {row["record_id"]: row["person_id"] for row in rows(one["truth"])}
    scored = ((row["unique_id_l"], row["unique_id_r"], float(row["match_weight"])) for row in rows(pairs))
    best, precise = best_of_pairs(scored, truth)
    clustered = None
    if precise[1] is not None:
        kept = [(row["unique_id_l"], row["unique_id_r"]) for row in rows(pairs) if float(row["match_weight"]) >= precise[1]]
        write(f"{work}/{name}.splink.out.csv", ["record_id", "person_id"], clusters_from(kept, truth))
        clustered = scorer(shared, one["truth"], f"{work}/{name}.splink.out.csv")
    return dict(told=told, best=best, precise=precise, clustered=clustered)


def rate(us):
    whole = f"{us['compared'] / max(us['cpu'], 0.01):,.0f} (whole run)"
    # Below a hundredth of a second the clock says nothing.
    if us["scoring"] is None or us["scoring"] < 0.01:
        return whole
    return f"{us['compared'] / us['scoring']:,.0f} (scoring), " + whole


def table(results):
    out = ["| set | records | program | precision | recall | overlays /10k | review /1k, recall after | best pair F1 | pair recall at 0.9999 | CPU s | pairs/CPU s |", "|---|---|---|---|---|---|---|---|---|---|---|"]
    for name, us, them in results:
        score = us["score"]
        review = score["review"]
        out.append(f"| {name} | {score['records']} | opor | {score['precision']:.5f} | {score['recall']:.4f} | {score['overlay_clusters']} / {score['overlays_per_10k_persons']:.2f} | {review['pairs_per_1k_records']:.1f}, {review['recall_after_review']:.4f} | {us['best'][0]:.5f} | {us['precise'][0]:.4f} | {us['cpu']:.1f} | {rate(us)} |")
        if them:
            told, clustered = them["told"], them["clustered"]
            cluster = f"{clustered['precision']:.5f} | {clustered['recall']:.4f} | {clustered['overlay_clusters']} / {clustered['overlays_per_10k_persons']:.2f}" if clustered else "- | - | -"
            out.append(f"| {name} | | Splink, thresholds chosen with the truth | {cluster} | - | {them['best'][0]:.5f} | {them['precise'][0]:.4f} | {told['cpu']:.1f} | {told['pairs'] / max(told['predict_cpu'], 0.01):,.0f} (scoring) |")
    return "\n".join(out)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--opor", default="target/release/opor")
    arguments.add_argument("--shared", default="../shared")
    arguments.add_argument("--work", default="target/identity")
    arguments.add_argument("--no-splink", action="store_true")
    arguments.add_argument("--only", default="")
    arguments.add_argument("--markdown")
    arguments.add_argument("--splink-one", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.splink_one:
        splink(json.loads(given.splink_one))
        return
    shared, work = given.shared, given.work
    os.makedirs(work, exist_ok=True)
    sets = {
        "ns_dev_small": nova_scotia(shared, "ns_dev_small", ""),
        "febrl1": febrl(shared, work, ["febrl1.csv"], "febrl1"),
        "febrl2": febrl(shared, work, ["febrl2.csv"], "febrl2"),
        "febrl3": febrl(shared, work, ["febrl3.csv"], "febrl3"),
        "febrl4": febrl(shared, work, ["febrl4a.csv", "febrl4b.csv"], "febrl4"),
        "pseudopeople": pseudopeople(shared, work),
        "fake_1000": fake_1000(shared, work),
        "opencr": opencr(shared, work),
        "ns_train": nova_scotia(shared, "ns_train", ".gz"),
    }
    wanted = [name for name in given.only.split(",") if name] or list(sets)
    results = []
    for name in wanted:
        one = sets[name]
        us = ours(given.opor, shared, work, name, one)
        them = None if given.no_splink or not one["kind"] else theirs(shared, work, name, one)
        results.append((name, us, them))
        print(table(results[-1:]).splitlines()[2:], file=sys.stderr, flush=True)
    text = table(results)
    print(text)
    if given.markdown:
        with open(given.markdown, "w", encoding="utf-8") as file:
            file.write(text + "\n")


if __name__ == "__main__":
    main()
