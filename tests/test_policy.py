import json

import models
import pytest
import torch

from course_lib import loading
from course_lib import policy as P
from course_lib.errors import CourseError
from course_lib.rollout import greedy
from course_lib.train import sft
from course_lib.types import Example

EXAMPLES = [Example(f"What is {i}+1?", f"{i}+1={i + 1}\n#### {i + 1}") for i in range(12)]


def learn(policy, examples=EXAMPLES, seed=0, **settings):
    return sft(policy, examples, **{"lr": 5e-3, "epochs": 2, "batch": 4, "seed": seed} | settings)


def test_the_base_is_never_changed_and_the_policy_learns(qwen):
    before = P.weights_hash(qwen.base)
    learned = learn(qwen)
    assert P.weights_hash(qwen.base) == before
    assert P.weights_hash(learned.model) != before
    assert learned.base is qwen.base and qwen.weights is None


def test_lora_is_on_every_linear_layer_but_the_head(qwen):
    names = {".".join(k.split(".")[-3:-2]) for k in learn(qwen).weights}
    assert names == {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}


def test_an_adapter_comes_back_from_disk_bit_for_bit(qwen, tmp_path):
    learned = learn(qwen)
    files = P.save_adapter(learned, tmp_path)
    assert {f.name for f in files} == {"adapter_model.safetensors", "adapter_config.json"}
    back = P.load_adapter(qwen, tmp_path)
    assert P.weights_hash(back.model) == P.weights_hash(learned.model)


def test_a_saved_adapter_is_a_plain_peft_folder(qwen, qwen_folder, tmp_path):
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    learned = learn(qwen)
    P.save_adapter(learned, tmp_path)
    assert json.loads((tmp_path / "adapter_config.json").read_text())["r"] == 16
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(qwen_folder), str(tmp_path)).eval()
    ids = torch.tensor([[5, 9, 40, 7]])
    with torch.no_grad():
        assert torch.allclose(model(ids).logits, learned.model(ids).logits, atol=1e-4)


def test_training_goes_on_from_what_was_learned(qwen):
    once = learn(qwen)
    twice = learn(once, seed=1)
    assert P.weights_hash(twice.model) != P.weights_hash(once.model)
    untrained = learn(once, lr=1e-12, seed=1)
    ids = torch.tensor([[5, 9, 40, 7]])
    assert torch.allclose(untrained.model(ids).logits, once.model(ids).logits, atol=1e-4), "it starts where it was"


def test_full_fine_tuning(qwen_folder, tmp_path):
    full = loading.load(str(qwen_folder), lora=None, device="cpu")
    before = P.weights_hash(full.base)
    learned = learn(full, lr=1e-3)
    assert P.weights_hash(full.base) == before != P.weights_hash(learned.model)
    own = {p.data_ptr() for p in learned.model.parameters()}
    assert {w.data_ptr() for w in learned.weights.values()} == own, "what was learned is in memory once"
    assert not any(p.grad is not None for p in learned.model.parameters())
    P.save_adapter(learned, tmp_path)
    assert P.weights_hash(P.load_adapter(full, tmp_path).model) == P.weights_hash(learned.model)


def test_export_is_a_plain_hugging_face_folder(qwen, tmp_path):
    learned = learn(qwen)
    P.export(learned, tmp_path)
    assert not list(tmp_path.glob("adapter*"))
    again = loading.load(str(tmp_path), device="cpu")
    prompts = [e.prompt for e in EXAMPLES[:4]]
    assert [c.text for c in greedy(again, prompts, 20)] == [c.text for c in greedy(learned, prompts, 20)]


def test_fresh_forgets(qwen):
    assert P.fresh(learn(qwen)).model is qwen.base


def test_nothing_learned_is_not_saved(qwen, tmp_path):
    with pytest.raises(CourseError, match="learned nothing"):
        P.save_adapter(qwen, tmp_path)


@pytest.mark.parametrize("lora", [P.Lora(rank=0), P.Lora(alpha=float("nan"))])
def test_bad_lora_is_named(qwen_folder, lora):
    with pytest.raises(CourseError, match=r"rank is 0|alpha is nan"):
        loading.load(str(qwen_folder), lora)


def test_folders_that_are_no_chat_model(qwen_folder, tmp_path):
    import shutil

    for missing, words in {
        "config.json": "no config.json",
        "tokenizer": "no tokenizer",
        "template": "no chat template",
        "weights": "could not be read",
    }.items():
        folder = tmp_path / missing
        shutil.copytree(qwen_folder, folder)
        if missing == "config.json":
            (folder / "config.json").unlink()
        elif missing == "tokenizer":
            for path in folder.glob("tokenizer*"):
                path.unlink()
        elif missing == "template":
            (folder / "chat_template.jinja").unlink()
        else:
            (folder / "model.safetensors").write_bytes(b"cut")
        with pytest.raises(CourseError, match=words):
            loading.load(str(folder), device="cpu")


@pytest.mark.parametrize(
    ("error", "name", "words"),
    [
        (
            torch.OutOfMemoryError("CUDA out of memory."),
            "owner/large",
            "does not fit this device: take a smaller one, or four_bit",
        ),
        (
            ImportError("Loading a GPTQ model requires optimum\nmore"),
            "owner/quantised",
            "'owner/quantised' could not be loaded: Load",
        ),
        (
            ValueError("model type `foo` is not known"),
            "owner/new",
            "could not be loaded: model type `foo` is not known",
        ),
        (OSError("We couldn't connect"), "owner/any", "could not be fetched: without a network"),
    ],
)
def test_why_a_model_did_not_load_is_told(error, name, words, monkeypatch):
    def failing(*args, **kwargs):
        raise error

    monkeypatch.setattr("transformers.AutoTokenizer.from_pretrained", failing)
    with pytest.raises(CourseError) as found:
        loading.load(name, device="cpu")
    assert words in str(found.value) and "\n" not in str(found.value)


def test_a_model_that_sees_is_refused(tmp_path):
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration

    tokenizer = loading.load(str(models.make_gemma(tmp_path)), device="cpu").tokenizer
    text = {"vocab_size": len(tokenizer), "hidden_size": 16, "num_hidden_layers": 1, "intermediate_size": 16, "head_dim": 8,
            "num_attention_heads": 2, "num_key_value_heads": 1}  # fmt: skip
    eyes = {"hidden_size": 16, "num_hidden_layers": 1, "intermediate_size": 16, "num_attention_heads": 2, "image_size": 28,
            "patch_size": 14}  # fmt: skip
    config = Gemma3Config(text_config=text, vision_config=eyes, mm_tokens_per_image=1)
    Gemma3ForConditionalGeneration(config).save_pretrained(tmp_path / "sees")
    tokenizer.save_pretrained(tmp_path / "sees")
    with pytest.raises(CourseError, match=r"takes more than text \(Gemma3ForConditionalGeneration\)"):
        loading.load(str(tmp_path / "sees"), device="cpu")


def test_a_model_that_may_think_first_is_asked_to_answer(tmp_path):
    thinks = models.CHATML + "{% if enable_thinking is not defined or enable_thinking %}<think>{% endif %}"
    policy = loading.load(str(models.make_qwen(tmp_path, thinks)), device="cpu")
    assert policy.chat("hi").endswith("assistant\n")


def test_a_hub_model_without_network_and_a_folder_that_is_not_there():
    with pytest.raises(CourseError, match="could not be fetched: without a network"):
        loading.load("nobody/no-such-model")
    with pytest.raises(CourseError, match="is not a folder here"):
        loading.load("./no/such/folder")


def test_the_prompt_is_the_models_own_template(qwen):
    assert qwen.chat("Hi") == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"


TALK = ("Open it.", "open key.txt", "key.txt: 28", "submit 28", "Thanks!")


@pytest.mark.parametrize("name", ["qwen", "pocket"])
@pytest.mark.parametrize("n", [1, 3, 5])
def test_a_talk_is_the_models_own_template_with_the_user_first_and_last(name, n, request):
    policy, said = request.getfixturevalue(name), TALK[:n]
    roles = ["user", "assistant"] * 3
    messages = [{"role": role, "content": text} for role, text in zip(roles, said, strict=False)]
    own = policy.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert policy.chat(said) == own and all(text in own for text in said)
    if n == 1:
        assert policy.chat(said[0]) == own, "one message, alone or in a talk"


def test_a_talk_in_words(qwen):
    assert qwen.chat(("Hi", "Yes?", "Go")) == (
        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYes?<|im_end|>\n"
        "<|im_start|>user\nGo<|im_end|>\n<|im_start|>assistant\n"
    )


def test_a_talk_is_trained_on_and_scored_after_all_of_its_messages(qwen):
    from course_lib.branches import tokenise
    from course_lib.measure import logprobs

    prompt, answer = tokenise(qwen, [Example(TALK[:3], TALK[3])])[0]
    assert (
        qwen.tokenizer.decode(prompt) == qwen.chat(TALK[:3]) and qwen.tokenizer.decode(answer) == "submit 28<|im_end|>"
    )
    one, other = logprobs(qwen, qwen.model, [TALK[:3], ("Open it.", "open key.txt", "key.txt: 29")], [TALK[3]] * 2)
    assert one != other


def test_a_library_that_peft_refuses_is_named(qwen, monkeypatch):
    """Colab's torchao is older than PEFT takes."""
    import peft.tuners.lora.torchao

    def refuse():
        raise ImportError("Found an incompatible version of torchao")

    monkeypatch.setattr(peft.tuners.lora.torchao, "is_torchao_available", refuse)
    with pytest.raises(CourseError, match="incompatible version of torchao.*pip uninstall torchao"):
        P.trainable(qwen, seed=0)
