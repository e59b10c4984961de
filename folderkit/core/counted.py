"""Tags compiled to code that tells its environment of each turn and shows it what it makes; refused where they are too
many, or too deep in each other, for Python's own compiler."""

from __future__ import annotations

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import TemplateSyntaxError

from folderkit.core.language import Text

MAX_TAGS = 20_000
MAX_PARTS = 200_000  # words, numbers and operators in all tags
MAX_DEPTH = 100  # of parts of a tag in each other, and of blocks
MAX_LOOPS = 18  # in each other; Python itself takes 20
MAX_BRANCHES = 500
SHORT = 64  # characters; shorter values are counted when the template is compiled


class TooDeep(TemplateSyntaxError):
    """Tags that cannot be compiled, since they are too many or too deep in each other; `message` says which."""

    def __init__(self, message: Text, line: int) -> None:
        super().__init__(message, line)  # type: ignore[arg-type]

    def __str__(self) -> str:
        return str(self.args[0].en)


class Counting(CodeGenerator):
    """Code that tells its environment of each turn of a loop, and shows it what it makes."""

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: N802
        turn = nodes.ExprStmt(nodes.EnvironmentAttribute(f"turn({_text_in(node.body)})"), lineno=node.lineno)
        counted = nodes.For(node.target, node.iter, [turn, *node.body], node.else_, node.test, node.recursive,
                            lineno=node.lineno, environment=node.environment)
        super().visit_For(counted, frame)

    def visit_Compare(self, node: nodes.Compare, frame: Frame) -> None:  # noqa: N802
        self.write("(environment.turn(0) or ")
        super().visit_Compare(node, frame)
        self.write(")")

    def visit_Filter(self, node: nodes.Filter, frame: Frame) -> None:  # noqa: N802
        self.write("environment.made(")
        super().visit_Filter(node, frame)
        self.write(")")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802
        kind = "context.eval_ctx.autoescape" if frame.eval_ctx.volatile else frame.eval_ctx.autoescape
        self.write(f"environment.joined({kind}, (")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def visit_List(self, node: nodes.List, frame: Frame) -> None:  # noqa: N802
        self.write("environment.held(")
        super().visit_List(node, frame)
        self.write(")")

    def visit_Dict(self, node: nodes.Dict, frame: Frame) -> None:  # noqa: N802
        self.write("environment.held(")
        super().visit_Dict(node, frame)
        self.write(")")

    def visit_Tuple(self, node: nodes.Tuple, frame: Frame) -> None:  # noqa: N802
        self.write("environment.held(" if node.ctx == "load" else "")
        super().visit_Tuple(node, frame)
        self.write(")" if node.ctx == "load" else "")

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802
        piece = isinstance(node.arg, nodes.Slice)
        self.write("environment.held(" if piece else "")
        super().visit_Getitem(node, frame)
        self.write(")" if piece else "")


def _text_in(body: list[nodes.Node]) -> int:
    """The characters that one turn of a loop writes at most, but for values that are not short."""
    size, stack = 0, list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, nodes.TemplateData):
            size += len(node.data)
        elif isinstance(node, nodes.Output):
            size += SHORT * len(node.nodes)
        if not isinstance(node, nodes.For):
            stack += node.iter_child_nodes()
    return size


def too_deep(line: int) -> TooDeep:
    return TooDeep(Text("tags are nested too deeply", "标签嵌套过深"), line)


def check_depth(tree: nodes.Template) -> None:
    """Raises `TooDeep` for what would take Python's own compiler too far down."""
    stack: list[tuple[nodes.Node, int, int]] = [(tree, 0, 0)]
    parts = 0
    while stack:
        parts += 1
        node, depth, loops = stack.pop()
        if isinstance(node, nodes.For):
            loops = loops + 1
        elif isinstance(node, nodes.Macro | nodes.CallBlock):
            loops = 0
        if parts > MAX_PARTS:
            raise TooDeep(Text("its tags are too long", "标签太长"), node.lineno or 1)
        if depth > MAX_DEPTH or loops > MAX_LOOPS or (isinstance(node, nodes.If) and len(node.elif_) > MAX_BRANCHES):
            raise too_deep(node.lineno or 1)
        stack += [(child, depth + 1, loops) for child in node.iter_child_nodes()]
