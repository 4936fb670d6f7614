"""The shipped pocket model is what its card says."""

import json
from dataclasses import replace

import pytest

from course_lib.loading import pocket_folder
from course_lib.pocket import raising, rows
from course_lib.pocket.corpus import FINISH, MIXTURE, corpus
from course_lib.pocket.skills import WANTED, N
from course_lib.policy import weights_hash


def test_the_folder_is_small_and_plain():
    files = {p.name: p.stat().st_size for p in pocket_folder().iterdir()}
    assert sum(files.values()) <= 12e6
    assert {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
        "chat_template.jinja",
        "README.md",
        "skills.json",
    } <= files.keys()


@pytest.mark.parametrize("row", list(WANTED))
def test_every_row_of_the_card_is_measured_and_in_its_range(row):
    table = json.loads((pocket_folder() / "skills.json").read_text(encoding="utf-8"))
    low, high = WANTED[row]
    assert low <= table[row]["value"] <= high
    assert table[row]["n"] >= N or row in ("passage_tail_types_present",)
    assert table[row]["interval"][0] <= table[row]["value"] <= table[row]["interval"][1]


def test_the_card_belongs_to_these_weights(pocket):
    card = (pocket_folder() / "README.md").read_text(encoding="utf-8")
    assert weights_hash(pocket.base)[:16] in card


def test_any_text_survives_the_tokenizer(pocket):
    for text in ("Mia has 23 apples.", "Écoute, 日本語! 🙂\n\t x", "#### 1,234", "  two  spaces "):
        assert pocket.tokenizer.decode(pocket.tokenizer(text).input_ids) == text


def test_every_digit_is_a_token(pocket):
    assert pocket.tokenizer.tokenize("23+14=37") == ["2", "3", "+", "1", "4", "=", "3", "7"]


def test_the_template_shows_the_answer_to_trainers(pocket):
    talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]
    assert pocket.tokenizer.apply_chat_template(talk, tokenize=False) == "<|user|>Hi<|end|><|assistant|>Hello.<|end|>"
    marked = pocket.tokenizer.apply_chat_template(talk, return_assistant_tokens_mask=True, return_dict=True)
    said = [i for i, m in zip(marked["input_ids"], marked["assistant_masks"], strict=True) if m]
    assert pocket.tokenizer.decode(said) == "Hello.<|end|>"


def test_any_hugging_face_code_loads_it():
    from transformers import pipeline

    ask = pipeline("text-generation", model=str(pocket_folder()), device="cpu")
    told = [{"role": "user", "content": "Mia has 23 apples. She buys 14 more. How many apples does Mia have now?"}]
    assert "#### 37" in ask(told, do_sample=False, max_new_tokens=40)[0]["generated_text"][-1]["content"]


def test_the_corpus_repeats_with_its_seed():
    one, two, other = ([next(stream) for _ in range(200)] for stream in (corpus(1), corpus(1), corpus(2)))
    assert one == two != other
    assert all(sum(share for share, _ in mixture) == pytest.approx(1) for mixture in (MIXTURE, FINISH))


def test_conversations_in_one_row_do_not_see_each_other(pocket):
    import torch

    packed = rows.pack(pocket.tokenizer, corpus(3), 40)
    row = raising.Rows(packed)[20]
    starts = (row["position_ids"] == 0).nonzero()[:, 0].tolist()
    begin, end = starts[1], starts[2]
    with torch.no_grad():
        packed_logits = pocket.model(
            input_ids=row["input_ids"][None], position_ids=row["position_ids"][None], use_cache=False
        ).logits[0, begin:end]
        alone = pocket.model(input_ids=row["input_ids"][None, begin:end], use_cache=False).logits[0]
    assert torch.allclose(packed_logits, alone, atol=1e-3)


def test_only_last_answers_are_learned(pocket):
    packed = rows.pack(pocket.tokenizer, iter([["Hi", "One.", "And?", "Two."]] * 3000), 2)
    learned = [i for i in packed["labels"][0].tolist() if i != rows.IGNORE]
    text = pocket.tokenizer.decode(learned)
    assert set(text.split("<|end|>")) == {"Two.", ""}


@pytest.mark.slow
def test_raising_resumes_from_its_checkpoint(tmp_path, monkeypatch):
    """Two years at once, and two years with a stop inside the first, give the same weights."""
    import safetensors.torch
    import torch
    from transformers import Trainer

    monkeypatch.setattr(raising, "BATCH", 2)
    monkeypatch.setattr(raising.shutil, "which", lambda name: None)
    years = tuple(replace(year, steps=steps) for year, steps in zip(raising.YEARS, (40, 10), strict=True))
    settings = raising.settings

    def saving(work, year, seed):
        args = settings(work, year, seed)
        args.save_steps = 20
        return args

    monkeypatch.setattr(raising, "settings", saving)
    raising.raise_model(tmp_path / "once", tmp_path / "work1", years)
    step, count = Trainer.training_step, iter(range(1000))

    def stopping(self, *args, **kwargs):
        if next(count) == 25:
            raise KeyboardInterrupt
        return step(self, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "training_step", stopping)
        with pytest.raises(KeyboardInterrupt):
            raising.raise_model(tmp_path / "twice", tmp_path / "work2", years)
    assert not (tmp_path / "twice").exists()
    raising.raise_model(tmp_path / "twice", tmp_path / "work2", years)
    one, two = (safetensors.torch.load_file(tmp_path / name / "model.safetensors") for name in ("once", "twice"))
    assert all(torch.equal(one[k], two[k]) for k in one)
