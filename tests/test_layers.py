"""Imports go in one direction: the layers of the library and of the viewer.

The two tables are the rule. A module may import from its own layer and from those above it in the table; an
import inside a function is an import, too. What is imported for type checking alone is free.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import jpkl_viewer
import pytest

import jpkl

#: Layers of `jpkl`, the lowest first.
LIBRARY = (
    "_version _later _cache_folder _errors _text _quiet _numbers _units _colors _dims _metadata "
    "_metadata_changes _selection _bytes _pipeline _fidelity",
    "_pickle",
    "_file",
    "_source _display_range _indexing _cache _codecs _scaling _block_key _metrics _decode _decoded_array",
    "_labels",
    "_encoding",
    "_array _to_file _views _writer _recover _annotate _repr _displayed _pictures",
    "_dask _export _napari _xarray _xarray_metadata _tiff_note readers testing",
    "_originals",
    "toolkit",
    "_cli __main__",
)

#: Layers of `jpkl_viewer`, the lowest first.
VIEWER = (
    "limits demo model",
    "frames",
    "tools",
    "browser",
    "report still standalone",
    "cell notebook frame_map",
    "viewer dynamic_map",
    "pages",
)

#: Folders of the browser's modules, the lowest first; the modules beside them are above all.
BROWSER = ("base", "state", "frames", "pixels", "stage", "contrast", "input", "page")

_JS_IMPORT = re.compile(r'^(?:import|export|\}).* from "(\.[^"]+)";$', re.MULTILINE)

#: Imports against the layers, as (module, what it imports): inside functions, where the facade opens a door.
LAZY = {
    ("jpkl._array", "jpkl._xarray"),
    ("jpkl._encoding.options", "jpkl._dask.arrays"),
    ("jpkl._to_file", "jpkl._xarray"),
    ("jpkl._array", "jpkl_viewer"),
    ("jpkl._array", "jpkl_viewer.cell"),
    ("jpkl._array", "jpkl_viewer.dynamic_map"),
    ("jpkl._cli._view", "jpkl_viewer"),
}

#: What the viewer may import from the library.
PUBLIC = {"jpkl", "jpkl.readers", "jpkl.testing", "jpkl.toolkit"}

PACKAGES = {package.__name__: Path(package.__path__[0]) for package in (jpkl, jpkl_viewer)}


def modules(package: str) -> dict[str, Path]:
    """Path of each module of a package, by its full name."""
    root = PACKAGES[package]
    found = {}
    for path in root.rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join((package, *parts)).removesuffix(".__init__")] = path
    return found


class _Imports(ast.NodeVisitor):
    """Collects the imports of a module that are carried out, as (what, whether in a function)."""

    def __init__(self) -> None:
        self.found: set[tuple[str, bool]] = set()
        self._depth = 0

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) != "TYPE_CHECKING":
            self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Import(self, node: ast.Import) -> None:
        self.found |= {(alias.name, self._depth > 0) for alias in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        assert node.level == 0, "imports are absolute"
        # What is imported from a package may be one of its modules.
        names = {f"{node.module}.{alias.name}" for alias in node.names}
        known = {name for name in names if name in ALL} or {str(node.module)}
        self.found |= {(name, self._depth > 0) for name in known}

    def visit_Call(self, node: ast.Call) -> None:
        if ast.unparse(node.func).endswith("import_module") and isinstance(node.args[0], ast.Constant):
            self.found.add((node.args[0].value, self._depth > 0))
        self.generic_visit(node)


ALL = {**modules("jpkl"), **modules("jpkl_viewer")}


@cache
def imports(package: str) -> frozenset[tuple[str, str, bool]]:
    """Each import among our own modules: who, what, and whether it waits for a call."""
    found = set()
    for module, path in modules(package).items():
        visitor = _Imports()
        visitor.visit(ast.parse(path.read_text("utf-8")))
        found |= {(module, name, is_lazy) for name, is_lazy in visitor.found}
    return frozenset(edge for edge in found if edge[1].partition(".")[0] in PACKAGES)


def layer_of(module: str, layers: tuple[str, ...]) -> int:
    """Number of a module's layer; the package itself is above all."""
    room = module.split(".")[1] if "." in module else ""
    for number, rooms in enumerate(layers):
        if room in rooms.split():
            return number
    assert not room, f"{module} is in no layer of tests/test_layers.py"
    return len(layers)


@pytest.mark.parametrize(("package", "layers"), [("jpkl", LIBRARY), ("jpkl_viewer", VIEWER)])
def test_a_module_imports_from_its_own_layer_and_below(package: str, layers: tuple[str, ...]) -> None:
    upward = {
        (module, name)
        for module, name, _ in imports(package)
        if name.partition(".")[0] == package and layer_of(name, layers) > layer_of(module, layers)
    }
    assert upward <= LAZY, sorted(upward - LAZY)


def test_a_browser_module_imports_from_its_own_folder_and_below() -> None:
    """What JSDoc imports are types, which are free."""
    root = PACKAGES["jpkl_viewer"] / "browser"

    def layer(path: Path) -> int:
        folders = path.relative_to(root).parts[:-1]
        return BROWSER.index(folders[0]) if folders else len(BROWSER)

    found = {
        (path, (path.parent / name).resolve())
        for path in root.rglob("*.js")
        for name in _JS_IMPORT.findall(path.read_text("utf-8"))
    }
    inside = {(path, other) for path, other in found if root in other.parents and other.suffix == ".js"}
    assert {layer(path) for path, _ in inside} == set(range(len(BROWSER) + 1))
    assert {(path, other) for path, other in inside if layer(other) > layer(path)} == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_no_imports_go_in_a_circle(package: str) -> None:
    graph: dict[str, set[str]] = {}
    for module, name, is_lazy in imports(package):
        if not is_lazy and name != module:
            graph.setdefault(module, set()).add(name)
    TopologicalSorter(graph).prepare()


def test_the_library_imports_the_viewer_only_when_it_is_asked_to() -> None:
    found = {(module, name, lazy) for module, name, lazy in imports("jpkl") if name.startswith("jpkl_viewer")}
    assert {(module, name) for module, name, _ in found} <= LAZY
    assert all(lazy for _, _, lazy in found)


def test_the_viewer_imports_only_what_the_library_makes_public() -> None:
    found = {(module, name) for module, name, _ in imports("jpkl_viewer") if name.partition(".")[0] == "jpkl"}
    assert {(module, name) for module, name in found if name not in PUBLIC} == set()


def test_every_layer_names_rooms_that_exist() -> None:
    for package, layers in (("jpkl", LIBRARY), ("jpkl_viewer", VIEWER)):
        rooms = {name.split(".")[1] for name in modules(package) if "." in name}
        assert set(" ".join(layers).split()) <= rooms


def test_packages_hold_no_second_hand_names() -> None:
    """A name of the library is imported from where it is defined, but for the public modules."""
    defined = {module: _defined(path) for module, path in modules("jpkl").items()}
    for module, path in modules("jpkl").items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module in defined:
                for alias in node.names:
                    is_module = f"{node.module}.{alias.name}" in defined
                    assert is_module or alias.name in defined[node.module], f"{module}: {alias.name}"


def _defined(path: Path) -> set[str]:
    """Names that a module defines, or says that it passes on."""
    names: set[str] = set()
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
            if node.id == "__all__":
                passed_on = next(n for n in ast.walk(tree) if isinstance(n, ast.Assign) and node in n.targets)
                names |= set(ast.literal_eval(passed_on.value))
    return names
