"""The sentences about expressions that cannot be evaluated: what is wrong, and what to write instead."""

from __future__ import annotations

import pytest

from planner.diagnostics import ConfigError
from planner.hcl import evaluate

SENTENCES = (
    ("null.x", "Attempt to get attribute from null value", 'This value is null, so it has no "x".'),
    ("{a=1,b=2}.c", "Unsupported attribute", 'This object has no attribute "c". There are "a" and "b".'),
    ("tomap({a=1}).c", "Missing map element", 'This map has no key "c". There is only "a".'),
    (
        "[{a=1}].a",
        "Unsupported attribute",
        "This is a tuple, which has no attributes. Write [0].a for one of its elements, [*].a for all of them.",
    ),
    (
        "tolist([{a=1}]).a",
        "Unsupported attribute",
        "This is a list of object, which has no attributes. Write [0].a for one of its elements, [*].a for "
        "all of them.",
    ),
    (
        "toset([{a=1}]).a",
        "Unsupported attribute",
        "This is a set of object, which has no attributes. Write [*].a for all of its elements.",
    ),
    ("1.a", "Unsupported attribute", "This is a number, which has no attributes."),
    ("true.a", "Unsupported attribute", "This is a bool, which has no attributes."),
    ('"x".a', "Unsupported attribute", "This is a string, which has no attributes."),
    ("null[1]", "Attempt to index null value", "This value is null, so it has no elements."),
    ("[1][null]", "Invalid index", "The key between the brackets is null."),
    ('[1]["x"]', "Invalid index", "The key between the brackets cannot be used: a number is required."),
    ("{a=1}[1]", "Invalid index", "The attributes of an object have names, not numbers."),
    ('{a=1}["b"]', "Invalid index", 'There is no key "b". There is only "a".'),
    ('tomap({a=1})["b"]', "Invalid index", 'There is no key "b". There is only "a".'),
    ("[1,2][2]", "Invalid index", "There is no element 2: the value has 2 elements, counted from 0."),
    ("[1][1]", "Invalid index", "There is no element 1: the value has 1 element, counted from 0."),
    ("[][0]", "Invalid index", "There is nothing to pick: the value has no elements."),
    ("[1][1.5]", "Invalid index", "An index is a whole number, and this one has a fraction."),
    ("[1][-1]", "Invalid index", "An index counts from 0, and this one is negative."),
    (
        "toset([1])[0]",
        "Invalid index",
        "The elements of a set have neither keys nor an order. Go through all of them with a for "
        "expression or [*], or make it a list with tolist().",
    ),
    ("true[0]", "Invalid index", "This is a bool, which has no elements."),
    (
        "{a.b = 1}",
        "Ambiguous attribute key",
        'Write (a.b) for the value of the reference, or "a.b" for the name with its dots.',
    ),
    ("{(null) = 1}", "Null value as key", "The key is null, but the keys of an object must be strings."),
    ("{([]) = 1}", "Incorrect key type", "The key cannot be used: a string is required, not a tuple."),
    (
        "true ? 1 : true",
        "Inconsistent conditional result types",
        "Both results must have one type: it is a number when true, and a bool when false.",
    ),
    (
        "true ? [1]:[true]",
        "Inconsistent conditional result types",
        "Both results must have one type: in element 0, it is a number when true, and a bool when false.",
    ),
    (
        "true ? {a=1}:{a=true}",
        "Inconsistent conditional result types",
        'Both results must have one type: in attribute "a", it is a number when true, and a bool when false.',
    ),
    (
        "true ? {a=true,b=1}:{a=true}",
        "Inconsistent conditional result types",
        'Both results must have one type: the object has an attribute "b" only when true.',
    ),
    (
        "true ? [1,2] : [true]",
        "Inconsistent conditional result types",
        "Both results must have one type: the tuple has 2 elements when true, and 1 when false.",
    ),
    (
        "true ? tolist([[1,2]]) : tolist([[true]])",
        "Inconsistent conditional result types",
        "Both results must have one type: in the elements of the list, the tuple has 2 elements when true, "
        "and 1 when false.",
    ),
    ("null ? 1 : 2", "Null condition", "The condition is null, but must be true or false."),
    ("[] ? 1 : 2", "Incorrect condition type", "The condition must be true or false: a bool is required, not a tuple."),
    ("[for x in null : x]", "Iteration over null value", "This is null, so there is nothing to loop over."),
    (
        "[for x in 1 : x]",
        "Iteration over non-iterable value",
        "A loop runs over a list, set, tuple, map or object; this is a number.",
    ),
    (
        "[for x in [1] : x if null]",
        "Invalid 'for' condition",
        "The value after 'if' is null, but must be true or false.",
    ),
    (
        "[for x in [1] : x if []]",
        "Invalid 'for' condition",
        "The value after 'if' must be true or false: a bool is required, not a tuple.",
    ),
    ("{for x in [null] : x => 1}", "Invalid object key", "The key is null, but the keys of an object must be strings."),
    ("{for x in [[]] : x => 1}", "Invalid object key", "The key cannot be used: a string is required, not a tuple."),
    (
        '{for x in ["a","a"] : x => 1}',
        "Duplicate object key",
        'Two items produced the key "a".',
    ),
    ("upper()", "Not enough function arguments", 'upper() takes 1 argument, and "text" is missing.'),
    ('upper("a","b")', "Too many function arguments", "upper() takes 1 argument, but this is one more."),
    (
        "upper([])",
        "Invalid function argument",
        'Invalid value for "text" of upper(): a string is required, not a tuple.',
    ),
    ("nope()", "Call to unknown function", 'There is no function named "nope".'),
    ('uper("a")', "Call to unknown function", 'There is no function named "uper". Did you mean "upper"?'),
    (
        "max([1,2])",
        "Invalid function argument",
        'Invalid value for "numbers" of max(): a number is required, not a tuple.',
    ),
    (
        "max(1...)",
        "Invalid expanding argument value",
        '"..." must follow a list, set or tuple of arguments, but this is a number.',
    ),
    (
        "max(null...)",
        "Invalid expanding argument value",
        '"..." must follow a list, set or tuple of arguments, but this is null.',
    ),
    ("try()", "Error in function call", "try() needs an argument."),
    (
        "try(1.x,2.x)",
        "Error in function call",
        "None of the arguments could be evaluated:\n- Unsupported attribute: This is a number, which has "
        "no attributes.\n- Unsupported attribute: This is a number, which has no attributes.\n\nAdd a last "
        "argument that cannot fail, such as null.",
    ),
    ("can()", "Not enough function arguments", "can() takes 1 argument."),
    ("convert(1)", "Not enough function arguments", "convert() takes a value and a type."),
    (
        'convert("x",number)',
        "Invalid function argument",
        'Invalid value for "value" of convert(): a number is required.',
    ),
    ("convert(1,list)", "Invalid type specification", "A list has one type for all elements, as in list(string)."),
    ("convert(1,list())", "Invalid type specification", "A list has one type for all elements, as in list(string)."),
    (
        "convert(1,foo)",
        "Invalid type specification",
        'There is no type "foo". Types are string, number, bool, any, and list(…), set(…), map(…), '
        "object({…}) and tuple([…]) of them.",
    ),
    (
        "convert(1,foo(1))",
        "Invalid type specification",
        'There is no type "foo". Types are string, number, bool, any, and list(…), set(…), map(…), '
        "object({…}) and tuple([…]) of them.",
    ),
    (
        'convert(1,"x")',
        "Invalid type specification",
        "This is not a type. Types are string, number, bool, any, and list(…), set(…), map(…), object({…}) "
        "and tuple([…]) of them.",
    ),
    ("convert(1,bool())", "Invalid type specification", "The type bool takes no arguments. Write bool."),
    ("convert(1,any())", "Invalid type specification", "The type any takes no arguments. Write any."),
    (
        "convert(1,optional(string))",
        "Invalid type specification",
        "optional(…) is for an attribute, as in object({ name = optional(string) }).",
    ),
    (
        "convert(1,object({a=optional()}))",
        "Invalid type specification",
        "optional(…) holds the type of the attribute, as in optional(string).",
    ),
    (
        "convert(1,object({a=optional(string,1,2)}))",
        "Invalid type specification",
        "optional(…) takes only a type and a default, as in optional(number, 1).",
    ),
    (
        'convert(1,object({"a"=string}))',
        "Invalid type specification",
        "Write the name of an attribute without quotes here.",
    ),
    ("convert(1,object({a=string,a=string}))", "Invalid type specification", 'The attribute "a" has a type already.'),
    (
        "convert(1,object(string))",
        "Invalid type specification",
        "An object has its attributes and their types in braces, as in object({ name = string }).",
    ),
    (
        "convert(1,tuple(string))",
        "Invalid type specification",
        "A tuple has the types of its elements in brackets, as in tuple([string, number]).",
    ),
    (
        'convert({},object({a=optional(number,"x")}))',
        "Invalid default value for optional attribute",
        'The default of "a" does not fit its type: a number is required.',
    ),
    ("tolist(null)[*]", "Splat of null value", "This is null, so it has no elements for the splat to go through."),
    ('-"x"', "Invalid operand", 'Wrong operand of "-": a number is required.'),
    ("!1", "Invalid operand", 'Wrong operand of "!": a bool is required, not a number.'),
    ('1 + "a"', "Invalid operand", 'Wrong right operand of "+": a number is required.'),
    ('"a" && true', "Invalid operand", 'Wrong left operand of "&&": a bool is required.'),
    ("nope", "Unknown variable", 'There is no variable named "nope".'),
    ("tru", "Unknown variable", 'There is no variable named "tru".'),
    (
        "convert([1,[]],list(any))",
        "Invalid function argument",
        'Invalid value for "value" of convert(): the elements of a list must have one type, but these differ.',
    ),
    (
        "convert({a=1,b=[]},map(any))",
        "Invalid function argument",
        'Invalid value for "value" of convert(): the elements of a map must have one type, but these differ.',
    ),
    (
        'convert("TRUE",bool)',
        "Invalid function argument",
        'Invalid value for "value" of convert(): a bool is required; write "true" in small letters.',
    ),
    (
        "convert({a=1},list(string))",
        "Invalid function argument",
        'Invalid value for "value" of convert(): a list of string is required.',
    ),
    (
        "convert([1],object({}))",
        "Invalid function argument",
        'Invalid value for "value" of convert(): an object is required.',
    ),
    (
        'convert(["a"],tuple([string,string]))',
        "Invalid function argument",
        'Invalid value for "value" of convert(): a tuple of 2 elements is required, not of 1.',
    ),
    (
        'convert({a="x"},map(number))',
        "Invalid function argument",
        'Invalid value for "value" of convert(): ["a"]: a number is required.',
    ),
    (
        'convert(tomap({a="x"}),object({b=string}))',
        "Invalid function argument",
        'Invalid value for "value" of convert(): the map lacks "b", which the object must have.',
    ),
    (
        'convert(tomap({a="x"}),object({a=number}))',
        "Invalid function argument",
        'Invalid value for "value" of convert(): ["a"]: a number is required.',
    ),
    ('join(",")', "Error in function call", "join() failed: it needs a list."),
    ("concat()", "Error in function call", "concat() failed: it needs a list."),
    ("coalesce()", "Error in function call", "coalesce() failed: it needs an argument."),
    ("coalescelist()", "Error in function call", "coalescelist() failed: it needs an argument."),
    ("max()", "Error in function call", "max() failed: it needs a number."),
    ("setproduct([1])", "Error in function call", "setproduct() failed: it needs two sets or lists."),
    ('lookup({},"a",1,2)', "Error in function call", "lookup() failed: it takes 2 or 3 arguments, not 4."),
    (
        "sort([null])",
        "Invalid function argument",
        'Invalid value for "list" of sort(): element 0 is null; null has no place in the order.',
    ),
    ("var.x", "Unknown variable", 'There is no variable named "var".'),
    ("1 == ", "Missing expression", "The file ends where a value is needed."),
    ("null + 1", "Operation failed", "The operation failed: the left operand is null."),
)


@pytest.mark.parametrize(("expression", "summary", "detail"), SENTENCES)
def test_a_wrong_expression_is_explained(expression: str, summary: str, detail: str) -> None:
    with pytest.raises(ConfigError) as refused:
        evaluate(expression)
    assert {(problem.summary, problem.detail) for problem in refused.value.diagnostics} == {(summary, detail)}
