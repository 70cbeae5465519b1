"""Completion of the command line by a shell: a script that holds all words, so that completing starts no program.

For bash a value behind `=` is a word of its own; for zsh it is one word with its flag.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence

from cgn_tf.options.configs import config_names
from cgn_tf.options.parts import all_leaves

Words = Mapping[str, Mapping[str, Sequence[str]]]
"""Name of a command → its flags, "--steps" → the values that may stand behind it; empty: any.

Of a word that takes words, as `help` does, these in place of flags, each → the words behind it.
"""


def completed_words(config_classes: Mapping[str, type]) -> Words:
    """What may be typed behind each command.

    Args:
        config_classes: name of a command → dataclass of its options.
    """
    frame = {
        "--config": config_names(), "--flagfile": (), "--quiet": (), "--log_format": ("text", "json"), "--help": (),
    }  # fmt: skip
    found: dict[str, dict[str, Sequence[str]]] = {}
    for command, config_class in config_classes.items():
        flags: dict[str, Sequence[str]] = {}
        for leaf in all_leaves(config_class):
            flags[f"--{leaf.name}"] = (
                ("true", "false") if leaf.kind is bool else tuple(map(str, leaf.option.choices or ()))
            )
        found[command] = flags | frame
    return found


def script(shell: str, commands: Mapping[str, str], words: Words) -> str:
    """The script for one of `SHELLS`.

    Args:
        shell: name.
        commands: name of every command → one line that says what it does.
        words: what may follow some of them.
    """
    return SHELLS[shell](commands, words)


def _bash(commands: Mapping[str, str], words: Words, prefix: str = "") -> str:
    cases = []
    for command, flags in words.items():
        cases += [f"    {command}:{flag}) found={_quoted(values)} ;;" for flag, values in flags.items() if values]
        ends = [flag if _is_switch(flag) else f"{flag}=" for flag in flags]
        cases.append(f"    {command}:) found={_quoted(ends)} ;;")
    return _BASH.format(commands=_quoted(commands), cases="\n".join(cases), prefix=prefix)


def _zsh(commands: Mapping[str, str], words: Words) -> str:
    return "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n" + _bash(
        commands, words, "$flag="
    )


def _fish(commands: Mapping[str, str], words: Words) -> str:
    lines = ["# cgn completion fish > ~/.config/fish/completions/cgn.fish", "complete -c cgn -f"]
    first = f"not __fish_seen_subcommand_from {' '.join(commands)}"
    for command, summary in commands.items():
        lines.append(f"complete -c cgn -n {shlex.quote(first)} -a {command} -d {shlex.quote(summary)}")
    for command, flags in words.items():
        here = f"__fish_seen_subcommand_from {' '.join({command: None, command.replace('_', '-'): None})}"
        others = " ".join(flag for flag in flags if not flag.startswith("--") and flag != command)
        for flag, values in flags.items():
            if not flag.startswith("--"):
                alone = shlex.quote(f"{here}; and not __fish_seen_subcommand_from {others}")
                lines.append(f"complete -c cgn -n {alone} -a {flag}")
                behind = shlex.quote(f"{here}; and __fish_seen_subcommand_from {flag}")
                lines += [f"complete -c cgn -n {behind} -a {_quoted(values)}"] if values else []
                continue
            line = f"complete -c cgn -n {shlex.quote(here)} -l {flag.removeprefix('--')}"
            if values:
                line += f" -x -a {_quoted(values)}"
            elif not _is_switch(flag):
                line += " -r -F"
            lines.append(line)
    return "\n".join(lines) + "\n"


def _is_switch(flag: str) -> bool:
    """Whether nothing stands behind it, as behind a word without dashes."""
    return flag in ("--quiet", "--help") or not flag.startswith("--")


def _quoted(words: Sequence[str] | Mapping[str, str]) -> str:
    return shlex.quote(" ".join(words))


_BASH = """\
# eval "$(cgn completion bash)" completes the words of cgn; in zsh: eval "$(cgn completion zsh)".
_cgn() {{
  local line="${{COMP_LINE:0:$COMP_POINT}}" word command second found="" flag="" before=""
  word="${{line##*[[:space:]]}}"
  read -r _ command second _ <<< "$line"
  command="${{command//-/_}}"
  if [[ "$line" != *[[:space:]]*[[:space:]]* ]]; then
    COMPREPLY=($(compgen -W {commands} -- "$word"))
    return
  fi
  if [[ "$word" == --*=* ]]; then
    flag="${{word%%=*}}"
    word="${{word#*=}}"
    before="{prefix}"
  elif [[ "$command" == help && "$line" == *[[:space:]]*[[:space:]]*[[:space:]]* ]]; then
    flag="${{second//-/_}}"
  fi
  case "$command:$flag" in
{cases}
  esac
  if [[ -n "$found" ]]; then
    COMPREPLY=($(compgen -P "$before" -W "$found" -- "$word"))
  elif [[ "$flag" == --* ]]; then
    COMPREPLY=($(compgen -P "$before" -f -- "$word"))
  fi
  [[ "${{COMPREPLY[0]}}" == *= ]] && compopt -o nospace 2> /dev/null
  return 0
}}
complete -F _cgn cgn
"""

SHELLS: dict[str, Callable[[Mapping[str, str], Words], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
"""Name of a shell → what makes its script."""
