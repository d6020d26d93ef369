"""The metadata of a Workflow Run RO-Crate: what the archive holds, and what each product was made from by what.

It follows RO-Crate 1.1 and the profiles Process, Workflow and Provenance Run Crate 0.5
(https://w3id.org/ro/wfrun/provenance/0.5). No time of a job is known, and none is given: the one time in it is the
commit's.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rocrate.model import ContextEntity
from rocrate.rocrate import ROCrate

from resnet_notes.archive.citation import FILE, Author, Citation
from resnet_notes.archive.commit import Commit
from resnet_notes.archive.datasets import KNOWN
from resnet_notes.data.catalogue import expected_content
from resnet_notes.errors import BadInput
from resnet_notes.provenance.files import hash_of_file
from resnet_notes.provenance.plan import Plan
from resnet_notes.provenance.product import Product

METADATA = "ro-crate-metadata.json"
RESOLVED = "params.resolved.yaml"
"""Every value of the study: defaults filled in, the preset and the device laid over params.yaml."""
TERMS = "https://w3id.org/ro/terms/workflow-run#"
PROFILES = {
    "process": "Process Run Crate",
    "workflow": "Workflow Run Crate",
    "provenance": "Provenance Run Crate",
}
PROFILE_VERSION = "0.5"
WORKFLOW_CRATE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
BIOSCHEMAS = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
ENGINE = "https://snakemake.github.io/"
FORMATS = {
    "LICENSE": "text/plain",
    "Snakefile": "text/plain",
    ".cff": "application/yaml",
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".lock": "application/yaml",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python",
    ".safetensors": "application/octet-stream",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".yaml": "application/yaml",
}
"""The form of what is described, by the end of its name, or by its name."""
DESCRIBED = {
    "README.md": "How to build, change, version and share it",
    "LICENSE": "The licence",
    FILE: "How to cite it",
    "params.yaml": "Every number of the study, with a comment",
    "requirements.txt": "The lock of the environment, with hashes",
    "dvc.lock": "Data sets and runs, by their hashes",
}
"""Files that are described beside products and code, where the commit has them."""
NAMED = {"run": "runs", "theory": "theory"}
"""Where the origin of a table or a summary names its runs and its computed tables."""
KEY = "resnet-notes key"
"""What the value of a product's key is called."""


class Crate:
    """A crate that is being described.

    Args:
        plan: of the study; the files of what ``exported`` names must be there.
        commit: the tree's.
        citation: whose work it is.
        exported: the products whose files the archive holds.
        resolved: where the file ``RESOLVED`` lies.
    """

    def __init__(
        self, plan: Plan, commit: Commit, citation: Citation, exported: Iterable[Product], resolved: Path
    ) -> None:
        self.plan, self.commit, self.citation = plan, commit, citation
        self.exported = {(product.kind, product.name) for product in exported}
        self.crate = ROCrate(version="1.1")
        self.crate.metadata.extra_terms["sha256"] = f"{TERMS}sha256"
        self.time = commit.time.isoformat(timespec="seconds")
        self.agents = [self._agent(number, author) for number, author in enumerate(citation.authors, 1)]
        self.licence = self._context(
            f"https://spdx.org/licenses/{citation.license}", "CreativeWork", name=citation.license
        )
        self._describe_root()
        self._describe_files(resolved)
        self.data = {name: self._data(name) for name in self._data_in_use()}
        self.keys = {(p.kind, p.name): self._key(p) for p in plan.products.values() if p.kind != "data"}
        self.files = {(p.kind, p.name): self._files(p) for p in plan.products.values() if self._holds(p)}
        self._describe_build()

    def metadata(self) -> dict[str, Any]:
        """Return what the file ``ro-crate-metadata.json`` holds."""
        content = self.crate.metadata.generate()
        return content | {"@graph": [{name: _single(value) for name, value in e.items()} for e in content["@graph"]]}

    def _context(self, address: str, kind: str, **properties: Any) -> Any:
        known = self.crate.get(address)
        return known or self.crate.add(ContextEntity(self.crate, address, {"@type": kind} | properties))

    def _agent(self, number: int, author: Author) -> Any:
        if not author.is_person:
            return self._context(f"#author-{number}", "Organization", name=author.name)
        names = {"familyName": author.family_names, "givenName": author.given_names}
        full = " ".join(part for part in (author.given_names, author.family_names) if part)
        given = {key: value for key, value in names.items() if value}
        return self._context(author.orcid or f"#author-{number}", "Person", name=full, **given)

    def _describe_root(self) -> None:
        root, citation = self.crate.root_dataset, self.citation
        given = {
            "name": citation.title,
            "description": citation.abstract.strip(),
            "author": self.agents,
            "license": self.licence,
            "keywords": ", ".join(citation.keywords),
            "version": self.commit.id,
            "datePublished": self.time,
            "conformsTo": [
                self._context(
                    f"https://w3id.org/ro/wfrun/{name}/{PROFILE_VERSION}",
                    "CreativeWork",
                    name=title,
                    version=PROFILE_VERSION,
                )
                for name, title in PROFILES.items()
            ]
            + [self._context(WORKFLOW_CRATE, "CreativeWork", name="Workflow RO-Crate", version="1.0")],
        }
        for name, value in given.items():
            root[name] = value

    def _file(self, path: Path | str, properties: dict[str, Any], source: Path | None = None) -> Any:
        """Describe a file of the archive, which lies under ``path`` in the project unless it has another source."""
        source = source or self.plan.root / path
        given = {"contentSize": str(source.stat().st_size), "sha256": hash_of_file(source)}
        given["encodingFormat"] = FORMATS[Path(path).suffix or Path(path).name]
        return self.crate.add_file(dest_path=str(path), properties=given | properties)

    def _describe_files(self, resolved: Path) -> None:
        for path, name in DESCRIBED.items():
            if path in self.commit.files:
                self._file(path, {"name": name} | ({"about": self.crate.root_dataset} if path == "README.md" else {}))
        based = ["params.yaml", *([f"presets/{self.plan.preset}.yaml"] if self.plan.preset else [])]
        if self.plan.preset:
            self._file(based[1], {"name": f"The preset {self.plan.preset}, which is laid over params.yaml"})
        references = [self.crate.get(path) for path in based]
        name = "The params with every default and preset filled in"
        self._file(RESOLVED, {"name": name, "isBasedOn": references}, resolved)

    def _data_in_use(self) -> list[str]:
        return list(dict.fromkeys(data.name for run in self.plan.runs if (data := self.plan.data_of(run))))

    def _data(self, name: str) -> Any:
        """A data set, which lies elsewhere, by the SHA-256 of its files."""
        folder = self.plan.study.datasets[name].folder
        content = expected_content(name, folder and folder.model_dump())
        known = KNOWN.get(name)
        hashes = [
            self._context(f"#data-{name}-{file}", "PropertyValue", name=file, propertyID="SHA-256", value=str(value))
            for file, value in content.items()
        ]
        given: dict[str, Any] = {
            "name": known.title if known else name,
            "identifier": [self._key(self.plan["data", name]), *hashes],
        }
        if known:
            given["url"] = known.page
        if known and known.licence:
            given["license"] = self._context(known.licence, "CreativeWork", name=known.licence.rstrip("/"))
        return self._context(f"#data-{name}", "CreativeWork", **given)

    def _key(self, product: Product) -> Any:
        """A product's key, by which it is known where its files are not in the archive."""
        return self._context(
            f"#key-{product.kind}-{product.name}",
            "PropertyValue",
            name=f"{product.kind} {product.name}",
            propertyID=KEY,
            value=product.key,
        )

    def _holds(self, product: Product) -> bool:
        return (product.kind, product.name) in self.exported

    def _files(self, product: Product) -> list[Any]:
        """Describe a product's files."""
        what = {"name": f"{product.kind} {product.name}", "identifier": self.keys[product.kind, product.name]}
        return [self._file(product.folder / name, what) for name in product.files]

    def _result(self, product: Product) -> list[Any]:
        return self.files.get((product.kind, product.name)) or [self.keys[product.kind, product.name]]

    def _sources(self, product: Product) -> list[Any]:
        """What a product is made from: params, data sets, and the products that its key names."""
        plan, found = self.plan, []
        if product.kind in ("run", "theory", "claims", "notes"):
            found.append(self.crate.get(RESOLVED))
        if product.kind == "run" and (data := plan.data_of(plan.run(product.name))):
            found.append(self.data[data.name])
        return found + [entity for source in self._above(product) for entity in self._result(source)]

    def _above(self, product: Product) -> list[Product]:
        """The products, data sets aside, that a product is made from."""
        plan = self.plan
        match product.kind:
            case "run":
                return plan.start_of(plan.run(product.name))
            case "figure":
                return [plan.table_of(product.name)]
            case "notes":
                return plan.of_kind("metrics", "claims", "figure")
            case "table" | "metrics" | "claims":
                origin = product.origin
                return [plan[kind, name] for kind in ("run", "theory") for name in origin.get(NAMED[kind], ())]
            case _:
                return []

    def _tool(self, product: Product) -> Any:
        """The module that a job begins with."""
        path = self.plan.code.path(product.origin["module"]).relative_to(self.plan.root)
        given = {"@type": ["File", "SoftwareSourceCode"], "name": product.origin["module"], "version": self.commit.id}
        return self.crate.get(str(path)) or self._file(path, given | {"programmingLanguage": "Python"})

    def _describe_build(self) -> None:
        """The workflow, the build as a whole, and an action for each product but the data sets."""
        made = [product for product in self.plan.products.values() if product.kind != "data"]
        workflow = self._workflow()
        actions = [self._action(product) for product in made]
        steps, controls = self._steps(made, actions)
        workflow["hasPart"] = list({tool.id: tool for tool in map(self._tool, made)}.values())
        workflow["step"] = steps
        params = [self.crate.get(path) for path in ("params.yaml", f"presets/{self.plan.preset}.yaml", RESOLVED)]
        build = self._context(
            "#build",
            "CreateAction",
            name="The build",
            description="Snakemake made every product from params, data and code; its end is the time of the commit "
            "that records the results",
            instrument=workflow,
            object=[*filter(None, params), *self.data.values()],
            result=[file for files in self.files.values() for file in files],
            agent=self.agents[0],
            endTime=self.time,
        )
        engine = self._context(
            ENGINE, "SoftwareApplication", name="Snakemake", url=ENGINE, softwareVersion=self._snakemake()
        )
        orchestration = self._context(
            "#orchestration",
            "OrganizeAction",
            name="Snakemake's run of the workflow",
            instrument=engine,
            object=controls,
            result=build,
            agent=self.agents[0],
        )
        self.crate.root_dataset["mentions"] = [build, orchestration, *actions]

    def _workflow(self) -> Any:
        workflow: Any = self.crate.add_workflow(
            dest_path="Snakefile",
            main=True,
            lang="snakemake",
            lang_version=self._snakemake(),
            properties={
                "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
                "name": self.citation.title,
                "encodingFormat": FORMATS["Snakefile"],
                "version": self.commit.id,
                "author": self.agents,
                "license": self.licence,
                "conformsTo": self._context(BIOSCHEMAS, "CreativeWork", name="Bioschemas ComputationalWorkflow"),
            },
        )
        language = workflow["programmingLanguage"]
        for name in ("identifier", "url"):  # which must be entities where they are references
            self._context(language[name], "WebSite" if name == "url" else "CreativeWork", name="Snakemake")
        return workflow

    def _snakemake(self) -> str:
        """The version by the lock, which is the same on every machine."""
        lock = (self.plan.root / "requirements.txt").read_text(encoding="utf-8")
        found = re.search(r"^snakemake==(\S+)", lock, re.MULTILINE)
        if found is None:
            raise BadInput("requirements.txt: names no version of snakemake; lock the environment anew")
        return found[1]

    def _action(self, product: Product) -> Any:
        what = f"{product.kind} {product.name}"
        sources, result = self._sources(product), self._result(product)
        if product.kind == "figure":
            for file in result:
                file["isBasedOn"] = sources
        return self._context(
            f"#make-{product.kind}-{product.name}",
            "CreateAction",
            name=f"Make the {what}",
            description=f"The Snakemake rule {self.plan.rule_of(product)} made the {what}, whose key is {product.key}",
            instrument=self._tool(product),
            object=sources,
            result=result,
            agent=self.agents[0],
        )

    def _steps(self, made: list[Product], actions: list[Any]) -> tuple[list[Any], list[Any]]:
        """A step for each module, and what ties each action to its step."""
        steps, controls = {}, []
        for product, action in zip(made, actions, strict=True):
            module = product.origin["module"]
            if module not in steps:
                number, tool = len(steps) + 1, self._tool(product)
                steps[module] = self._context(
                    f"#step-{module}", "HowToStep", name=module, position=number, workExample=tool
                )
            given = {"name": f"Run {module}", "instrument": steps[module], "object": action}
            controls.append(self._context(f"#control-{product.kind}-{product.name}", "ControlAction", **given))
        return list(steps.values()), controls


def _single(value: Any) -> Any:
    """RO-Crate writes one value rather than a list of one."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value
