"""Who may import whom: arrows point down only, and what is called pure is pure.

The rules stand in tables; the code is read as syntax trees, so that an import within a function
counts as well. Each pure package is imported whole in a fresh interpreter.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
# Each package, and the ones of ours below it.
BELOW = {
    "contracts": set[str](),
    "recommender": set[str](),
    "royalties": {"contracts"},
    "marketplace": {"contracts", "recommender", "royalties"},
}
# A module or package, and the only places that may import it.
ONLY_FROM = {
    "recommender": ("marketplace.discovery", "marketplace.catalog.analysis", "recommender"),
    "contracts": ("marketplace.up", "royalties", "contracts"),
    "brownie": ("contracts.chain",),
    "av": ("marketplace.catalog.analysis",),
    "librosa": ("recommender",),
    "implicit": ("recommender",),
    "marketplace.up": ("marketplace.up",),
}
# A package, and what it must never import, not even within a function.
NEVER = {
    "marketplace.pricing": ("marketplace.listening",),
    "marketplace.pricing.engine": ("django", "celery", "brownie", "marketplace.pricing.models"),
    "marketplace.catalog.analysis": ("django", "celery", "brownie"),
    "marketplace.demo.compose": ("django", "celery", "brownie"),
    "recommender": ("django", "celery", "brownie"),
    "contracts": ("django", "celery"),
    "royalties": ("recommender", "marketplace"),
}
PURE = (
    "contracts",
    "marketplace.catalog.analysis",
    "marketplace.demo.compose",
    "marketplace.pricing.engine",
    "recommender",
    "royalties.money",
    "royalties.tree",
    "royalties.verify",
)
# What analysis, synthesis and training need, in processes of their own.
HEAVY = {"av", "brownie", "implicit", "librosa", "numba", "scipy", "sklearn", "soundfile"}
# What only a setting asks for.
HEAVY |= {"boto3", "botocore", "storages"}
IMPURE_MODULES = {"contracts.chain"}
LAYER_NAMES = {"utils", "helpers", "common", "services", "managers"}
# An app, and the apps its models may not refer to.
MODELS_BELOW = {"royalties": {"royalties"}}
MODELS_NEVER = {"pricing": {"listening"}}


def files(package: str) -> list[Path]:
    """The modules of a dotted package, or the one module."""
    path = PROJECT / package.replace(".", "/")
    if path.is_dir():
        return sorted(f for f in path.rglob("*.py") if "node_modules" not in f.parts)
    return [path.with_suffix(".py")]


def module_name(path: Path) -> str:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Dotted names that a module imports, at any depth, and the line of each."""
    package = module_name(path) if path.name == "__init__.py" else module_name(path.parent)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*above, node.module or ""]) if node.level else node.module or ""
            base = base.rstrip(".")
            yield base, node.lineno
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


def is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def every_import() -> Iterator[tuple[str, str, str]]:
    """Importing module, imported name, and where, for all of ours."""
    for package in BELOW:
        for path in files(package):
            for name, line in imported(path):
                yield module_name(path), name, f"{path.relative_to(PROJECT)}:{line} imports {name}"


def test_arrows_point_down() -> None:
    wrong = [
        where
        for module, name, where in every_import()
        if (target := name.partition(".")[0]) in BELOW
        and target != (source := module.partition(".")[0])
        and target not in BELOW[source]
    ]
    assert wrong == []


def test_bridges_are_the_only_ones() -> None:
    wrong = [
        where
        for module, name, where in every_import()
        for target, places in ONLY_FROM.items()
        if is_in(name, target) and not any(is_in(module, place) for place in places)
    ]
    assert wrong == []


def test_what_must_never_be_imported_is_not() -> None:
    wrong = [
        where
        for module, name, where in every_import()
        for package, forbidden in NEVER.items()
        if is_in(module, package) and any(is_in(name, each) for each in forbidden)
    ]
    assert wrong == []


def test_no_module_is_named_for_a_layer() -> None:
    paths = [path for package in BELOW for path in files(package)]
    assert [path for path in paths if LAYER_NAMES & set(module_name(path).split("."))] == []


@pytest.mark.parametrize("package", PURE)
def test_pure_packages_load_no_framework(package: str) -> None:
    names = [module_name(path) for path in files(package) if path.name != "__main__.py"]
    names = [name for name in names if name not in IMPURE_MODULES and ".tests" not in name]
    assert names
    code = (
        "import importlib, sys\n"
        f"for name in {names}: importlib.import_module(name)\n"
        "loaded = {'django', 'celery', 'brownie'} & set(sys.modules)\n"
        "sys.exit(f'loads {sorted(loaded)}' if loaded else 0)\n"
    )
    succeeds(code)


def test_pages_and_workers_load_no_sound_and_no_training() -> None:
    succeeds(
        "import sys, django\n"
        "django.setup()\n"
        "import marketplace.urls\n"
        "from marketplace.celery import app\n"
        "app.loader.import_default_modules()\n"
        f"loaded = {HEAVY} & set(sys.modules)\n"
        "sys.exit(f'loads {sorted(loaded)}' if loaded else 0)\n"
    )


def succeeds(code: str) -> None:
    """In an interpreter of its own."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_models_relate_downwards_only() -> None:
    from django.apps import apps

    wrong = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model
        if not may_relate(model._meta.app_label, field.related_model._meta.app_label)
    ]
    assert wrong == []


def may_relate(app: str, other: str) -> bool:
    return other in MODELS_BELOW.get(app, {other}) and other not in MODELS_NEVER.get(app, set())
