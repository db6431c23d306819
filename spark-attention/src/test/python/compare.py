"""Compares the module's source with the classes of a JVM, by Py4J's protocol and without PySpark.

Arguments: the module's folder, the port and the secret of a Py4J server.
"""

import ast
import pathlib
import re
import socket
import sys

PACKAGE = "io.github.sparkattention."
CONVERTERS = {"toInt": 7, "toFloat": 0.5, "toBoolean": True, "toString": "text"}
CHOICES = {
    "backend": "threads",
    "handleInvalid": "keep",
    "longRows": "truncate",
    "outputFormat": "flat",
    "pooling": "last",
    "positions": "sinusoidal",
    "saveWeights": "path",
    "unknownWords": "skip",
}


class Jvm:
    """As much of Py4J's client as this needs: values are ints, floats, bools, strings, objects."""

    def __init__(self, port, secret):
        self.stream = socket.create_connection(("127.0.0.1", port)).makefile("rw", encoding="utf-8")
        self.send("A", secret)

    def send(self, *lines):
        self.stream.write("".join(line + "\n" for line in lines))
        self.stream.flush()
        answer = self.stream.readline().rstrip("\n")
        if not answer.startswith("!y"):
            raise AssertionError("%s was answered by %s" % (lines, answer))
        kind, value = answer[2:3], answer[3:]
        if kind == "s":
            return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], value)
        return {"b": lambda v: v == "true", "i": int, "L": int, "d": float}.get(
            kind, lambda v: (kind, v)
        )(value)

    @staticmethod
    def argument(value):
        if isinstance(value, tuple):
            return "r" + value[1]
        if isinstance(value, bool):
            return "b" + str(value)
        return {int: "i", float: "d", str: "s"}[type(value)] + str(value)

    def new(self, name):
        return self.send("i", PACKAGE + name, "e")

    def call(self, target, method, *arguments):
        return self.send("c", target[1], method, *map(self.argument, arguments), "e")

    def is_class(self, name):
        return self.send("r", "u", PACKAGE + name, "rj", "e")[0] == "c"


def classes(tree):
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


def params(node):
    """By name the sentence, the converter's name, and the default if there is one."""
    found = {}
    for line in node.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.value, ast.Call):
            sentence = ast.literal_eval(line.value.args[2])
            found[line.target.id] = [sentence, line.value.keywords[0].value.attr]
    init = next(line for line in node.body if getattr(line, "name", "") == "__init__")
    assert sorted(a.arg for a in init.args.kwonlyargs) == sorted(found), init.args.kwonlyargs
    for line in init.body:
        if isinstance(line, ast.Assign) and line.targets[0].id == "defaults":
            for name, value in ast.literal_eval(line.value).items():
                found[name].append(value)
    return found


def explained(name, sentence, _, *default):
    """The line of explainParams()."""
    if not default:
        return "%s: %s (undefined)" % (name, sentence)
    value = str(default[0])
    if isinstance(default[0], bool):
        value = value.lower()
    return "%s: %s (default: %s)" % (name, sentence, value)


def main(folder, port, secret):
    trees = {}
    for file in sorted(pathlib.Path(folder).glob("*.py")):
        trees[file.stem] = ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 9))
    jvm = Jvm(int(port), secret)
    bases = classes(trees["params"])
    stages = classes(trees["stages"])
    for name, node in stages.items():
        declared = params(bases[node.bases[0].id])
        methods = {line.name for line in bases[node.bases[0].id].body if hasattr(line, "name")}
        stage = jvm.new(name)
        theirs = jvm.call(stage, "explainParams").split("\n")
        ours = [explained(param, *said) for param, said in declared.items()]
        assert ours == theirs, "%s has %s, but Java %s" % (name, ours, theirs)
        for param, said in declared.items():
            capital = param[0].upper() + param[1:]
            assert {"set" + capital, "get" + capital} <= methods, (name, param)
            value = CHOICES.get(param, CONVERTERS[said[1]])
            java = jvm.call(stage, "getParam", param)
            jvm.call(stage, "set", jvm.call(java, "w", value))
            assert jvm.call(stage, "getOrDefault", java) == value, (name, param)
        print(name, len(declared))
    for tree in trees.values():
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "java_class":
                for java in call.args:
                    if isinstance(java, ast.Constant):
                        assert jvm.is_class(java.value), java.value
    print(len(stages), "stages")


main(*sys.argv[1:])
