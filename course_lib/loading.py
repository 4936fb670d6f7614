"""From a name to a policy: the pocket model, a folder or a hub id; device, precision, four bits; what is wrong, in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from course_lib import progress, ranks
from course_lib.errors import CourseError, need, need_count, need_positive
from course_lib.memory import free_memory, out_of_memory
from course_lib.policy import Lora, Policy, frozen, padded
from course_lib.precision import WHOLE, overflows, pick_dtype
from course_lib.wording import PLAIN, TOWN, Wording

USUAL = Lora()
FOUR_BITS_ON = ("cuda",)  # bitsandbytes has a CPU path too, which here only tests take


def pocket_folder() -> Path:
    """Where the pocket model lies: inside the installed package, or in data/ of a checkout."""
    here = Path(__file__).parent
    return next((p for p in (here / "data/pocket", here.parent / "data/pocket") if p.exists()), here / "data/pocket")


def pick_device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def load(
    name: str = "pocket",
    lora: Lora | None = USUAL,
    device: str | None = None,
    four_bit: bool = False,
    precision: str = "",
) -> Policy:
    """The policy called `name`: "pocket", a folder in Hugging Face layout, or a hub id. Raises CourseError if it can't be had.

    `four_bit` holds the base's linear layers in four bits, for a model that a GPU has no room for in two bytes a number.
    `precision` is one of precision.PRECISIONS, or "" for what suits the device and the model.
    """
    import torch
    from transformers import AutoTokenizer

    if lora is not None:
        need_count("rank", lora.rank)
        need_positive("alpha", lora.alpha)
    where = str(pocket_folder()) if name == "pocket" else name
    check_folder(name, Path(where))
    device = str(device or pick_device())
    if four_bit:
        need_four_bits(lora, device)
    read = partial(read_model, name, where, device, four_bit)
    kind = getattr(torch, precision) if precision else pick_dtype(device)
    with explained(name):
        tokenizer = AutoTokenizer.from_pretrained(where)
    model = read(kind)
    need_text(name, model)
    need(
        tokenizer.chat_template is not None,
        f"model {name!r} has no chat template: use a chat (instruct) model, or put one in.",
    )
    if kind == torch.float16 and not precision and overflows(model, tokenizer):
        if ranks.lead():
            progress.say(WHOLE.format(name))
        del model
        free_memory()
        model = read(torch.float32)
    return Policy(name, model, padded(tokenizer), lora, None, wording_of(tokenizer))


def read_model(name: str, where: str, device: str, four_bit: bool, dtype):
    """The model alone, frozen, in numbers of this kind."""
    from transformers import AutoModelForCausalLM

    how = four_bits(device, dtype) if four_bit else {}
    with explained(name):
        model = AutoModelForCausalLM.from_pretrained(where, dtype=dtype, **how)
        return frozen(model if four_bit else model.to(device))


@contextmanager
def explained(name: str) -> Iterator[None]:
    """What goes wrong in reading this model is one sentence."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        raise CourseError(explain_load(name, error)) from error


def wording_of(tokenizer) -> Wording:
    """The town's for a model that was raised there: it has the pocket model's chat template."""
    return (
        TOWN
        if tokenizer.chat_template is not None and tokenizer.chat_template == template_in(pocket_folder())
        else PLAIN
    )


def of_town(name: str) -> bool:
    """The same of a model that is not loaded yet."""
    found = template_in(Path(name))
    return name == "pocket" or (found is not None and found == template_in(pocket_folder()))


def template_in(folder: Path) -> str | None:
    file = folder / "chat_template.jinja"
    return file.read_text(encoding="utf-8") if file.is_file() else None


def need_four_bits(lora: Lora | None, device: str) -> None:
    """Raises CourseError where the base can't be held in four bits."""
    need(lora is not None, "weights in four bits can't be trained: train a LoRA adapter beside them.")
    need(
        device.partition(":")[0] in FOUR_BITS_ON,
        f"four bits need a CUDA GPU, and here is {device}: leave four_bit away.",
    )
    need(find_spec("bitsandbytes") is not None, "four bits need bitsandbytes: pip install bitsandbytes.")


def four_bits(device: str, dtype) -> dict:
    """What transformers is told: NF4 with double quantisation, products in `dtype`."""
    from transformers import BitsAndBytesConfig

    kind = {"bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True}
    config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=dtype, **kind)
    return {"quantization_config": config, "device_map": {"": device}}


def check_folder(name: str, folder: Path) -> None:
    """Name what a local model folder lacks, before a library does it in a page of text."""
    looks_local = name == "pocket" or folder.is_absolute() or name.startswith(".") or name.count("/") != 1
    need(
        folder.exists() or not looks_local,
        f"model {name!r} is not a folder here: give a folder, a hub id like owner/name, or 'pocket'.",
    )
    if not folder.exists():
        return
    need(
        (folder / "config.json").exists(),
        f"model folder {name!r} has no config.json: it is not a Hugging Face model folder.",
    )
    tokens = ("tokenizer.json", "tokenizer.model", "vocab.json", "tokenizer_config.json")
    need(
        any((folder / f).exists() for f in tokens),
        f"model folder {name!r} has no tokenizer: copy tokenizer.json and tokenizer_config.json into it.",
    )


def need_text(name: str, model) -> None:
    """A model that sees or hears has a configuration for text inside of its own, and adapters would go onto its eyes too."""
    need(
        model.config.get_text_config() is model.config,
        f"model {name!r} takes more than text ({type(model).__name__}): take a chat model of text alone.",
    )


def explain_load(name: str, error: Exception) -> str:
    """One sentence for a model that did not load."""
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if out_of_memory(error):
        return (
            f"model {name!r} does not fit this device: take a smaller one, or four_bit=True (--four-bit) on a CUDA GPU."
        )
    local = Path(name).exists() or name == "pocket"
    if isinstance(error, ImportError) or not (local or isinstance(error, OSError | KeyError)):
        return f"model {name!r} could not be loaded: {reason}"
    if local:
        return f"model folder {name!r} could not be read ({reason}): is the download complete?"
    return (
        f"model {name!r} could not be fetched: without a network use 'pocket' or a local folder; "
        f"otherwise check the name and your login ({type(error).__name__})."
    )
