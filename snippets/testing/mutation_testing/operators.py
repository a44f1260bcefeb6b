"""What a mutation operator does to one piece of a syntax tree."""

import ast
from collections.abc import Iterator

RELATIONS: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Lt: ast.LtE(),
    ast.LtE: ast.Lt(),
    ast.Gt: ast.GtE(),
    ast.GtE: ast.Gt(),
    ast.Eq: ast.NotEq(),
    ast.NotEq: ast.Eq(),
    ast.In: ast.NotIn(),
    ast.NotIn: ast.In(),
    ast.Is: ast.IsNot(),
    ast.IsNot: ast.Is(),
}
SUMS: dict[type[ast.operator], ast.operator] = {
    ast.Add: ast.Sub(),
    ast.Sub: ast.Add(),
    ast.Mult: ast.Div(),
    ast.Div: ast.Mult(),
    ast.FloorDiv: ast.Mult(),
    ast.Mod: ast.Mult(),
    ast.Pow: ast.Mult(),
}


def variants(node: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """Give each fault that an operator makes of a node.

    Args:
        node: An expression or a statement; it is left as it is.

    Yields:
        What stands in its place.
    """
    yield from other_values(node)
    yield from other_deeds(node)


def other_values(node: ast.AST) -> Iterator[ast.expr]:
    """Give another relation, sum, connective, truth or number."""
    match node:
        case ast.Compare(left, [relation], right):
            other = RELATIONS[type(relation)]
            yield ast.Compare(left, [other], right)
        case ast.BinOp(left, sign, right) if type(sign) in SUMS:
            yield ast.BinOp(left, SUMS[type(sign)], right)
        case ast.BoolOp(ast.And(), values):
            yield ast.BoolOp(ast.Or(), values)
        case ast.BoolOp(ast.Or(), values):
            yield ast.BoolOp(ast.And(), values)
        case ast.UnaryOp(ast.Not(), operand):
            yield operand
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() | float() as value):
            yield ast.Constant(value + 1)


def other_deeds(node: ast.AST) -> Iterator[ast.stmt]:
    """Return nothing, or leave a statement out."""
    match node:
        case ast.Return(ast.Constant(None)):
            return
        case ast.Return(ast.expr()):
            yield ast.Return(ast.Constant(None))
        case ast.Raise() | ast.AugAssign() | ast.Delete():
            yield ast.Pass()
        case ast.Expr(ast.Call() | ast.Await()):
            yield ast.Pass()
        case ast.Assign([ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
