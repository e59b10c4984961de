"""How a value is written: shown and escaped by one call of `Tags.written`, and not by two as Jinja does."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from jinja2.compiler import CodeGenerator

if TYPE_CHECKING:
    from jinja2 import nodes
    from jinja2.compiler import Frame


@functools.cache
def writer_of_values(kind: Any) -> Any:
    """A generator of code such as `kind`, a class of them, whose code calls `written`."""
    return type("ValueWriter", (_ValueWriter, kind), {})


class _ValueWriter(CodeGenerator):
    """Calls the environment's `written` for every value that is certain to be escaped; other values go Jinja's way."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if _is_escaped(frame):
            self.write("environment.written(")
        else:
            super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if _is_escaped(frame):
            self.write(")")
        else:
            super()._output_child_post(node, frame, finalize)


def _is_escaped(frame: Frame) -> bool:
    """False inside of ``{% autoescape false %}``, and where only the rendering knows."""
    return bool(frame.eval_ctx.autoescape) and not frame.eval_ctx.volatile
