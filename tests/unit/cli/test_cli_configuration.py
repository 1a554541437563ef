from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from runway_flow.cli.configuration import CONFIRM_ABOVE, Configuration, read_configuration
from runway_flow.kernel.codes import ExitCode
from runway_flow.kernel.errors import UsageError


@pytest.fixture(autouse=True)
def no_user_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder for the user's configuration."""
    folder = tmp_path / "users"
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *_, **__: str(folder))
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give an empty folder of a project."""
    folder = tmp_path / "project" / "flows"
    folder.mkdir(parents=True)
    return folder


def write(path: Path, text: str) -> Path:
    """Write a file and give its path."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def failure(text: str, folder: Path) -> UsageError:
    """Give what reading a configuration of this text raises."""
    write(folder / "runway-flow.toml", text)
    with pytest.raises(UsageError) as found:
        read_configuration(None, folder)
    assert found.value.code.exit is ExitCode.MACHINE
    return found.value


def test_nothing_is_configured(project: Path) -> None:
    """Without any file everything has its default."""
    assert read_configuration(None, project) == Configuration()
    assert Configuration().confirm_above == CONFIRM_ABOVE == 100


def test_every_key(project: Path) -> None:
    """Each key is read; paths are relative to the file."""
    named = write(
        project.parent / "runway-flow.toml",
        "store = 'st'\njobs = 4\nbudget = 2.5\nconfirm_above = 0\nprogress = 'plain'\n"
        "ffmpeg = 'bin/ffmpeg'\nallow_paths = ['media', '/shared']\ntables = 'models.local.yaml'\n",
    )
    assert read_configuration(named, project) == Configuration(
        store=project.parent / "st",
        jobs=4,
        budget=Decimal("2.5"),
        confirm_above=Decimal(0),
        progress="plain",
        ffmpeg=str(project.parent / "bin/ffmpeg"),
        allow_paths=(project.parent / "media", Path("/shared")),
        tables=project.parent / "models.local.yaml",
    )


@pytest.mark.parametrize(
    "entry",
    ["ffmpeg = './ffmpeg'", "ffmpeg = '/tmp/x'", "allow_paths = ['media', '..']", "allow_paths = ['~', '/']"],
)
def test_what_came_with_a_folder_stays_in_it(project: Path, entry: str) -> None:
    """A file that was found starts no program of its own and opens no folder beside it, unless named."""
    error = failure(entry, project)
    assert "--config" in str(error.hint)
    read_configuration(project / "runway-flow.toml", project)


def test_a_link_leads_out(project: Path, tmp_path: Path) -> None:
    """A folder counts as where its links lead."""
    (project / "media").symlink_to(tmp_path)
    assert "leads out" in failure("allow_paths = ['media']", project).message


def test_users_own_file_is_his_word(project: Path, no_user_configuration: Path) -> None:
    """In the user's own file any program and any folder may stand."""
    write(no_user_configuration / "config.toml", "ffmpeg = '/opt/ffmpeg'\nallow_paths = ['/shared']")
    found = read_configuration(None, project)
    assert (found.ffmpeg, found.allow_paths) == ("/opt/ffmpeg", (Path("/shared"),))


def test_programs_by_name(project: Path) -> None:
    """A program without a folder is one on the PATH."""
    write(project / "runway-flow.toml", "ffmpeg = 'ffmpeg7'")
    assert read_configuration(None, project).ffmpeg == "ffmpeg7"


def test_home_folder(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`~` is the home folder."""
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("USERPROFILE", "/home/me")
    write(project / "runway-flow.toml", "store = '~/st'")
    assert read_configuration(None, project).store == Path("/home/me/st")


def test_nearest_file_wins(project: Path) -> None:
    """The nearest folder upward decides; in one folder our own file does."""
    write(project.parent / "runway-flow.toml", "jobs = 1")
    write(project / "pyproject.toml", "[tool.runway-flow]\njobs = 2")
    assert read_configuration(None, project).jobs == 2
    write(project / "runway-flow.toml", "jobs = 3")
    assert read_configuration(None, project).jobs == 3


def test_projects_without_our_table_are_passed(project: Path) -> None:
    """A `pyproject.toml` that says nothing of us is passed over, even if it is not valid."""
    write(project.parent / "runway-flow.toml", "jobs = 1")
    write(project / "pyproject.toml", "[tool.other]\nname = 'runway-flow'")
    assert read_configuration(None, project).jobs == 1
    write(project / "pyproject.toml", "not toml")
    assert read_configuration(None, project).jobs == 1
    write(project / "pyproject.toml", "tool = 'runway-flow'")
    assert read_configuration(None, project).jobs == 1


def test_users_own_comes_last(project: Path, no_user_configuration: Path) -> None:
    """The user's file counts where no project says anything."""
    write(no_user_configuration / "config.toml", "jobs = 7")
    assert read_configuration(None, project).jobs == 7


def test_named_file(project: Path) -> None:
    """A file that is named is the only one that is read; a `pyproject.toml` by its table."""
    write(project / "runway-flow.toml", "jobs = 1")
    named = write(project / "other.toml", "jobs = 2")
    assert read_configuration(named, project).jobs == 2
    pyproject = write(project / "pyproject.toml", "[tool.runway-flow]\njobs = 3\n[project]\nname = 'x'")
    assert read_configuration(pyproject, project).jobs == 3
    write(pyproject, "[project]\nname = 'x'")
    assert read_configuration(pyproject, project) == Configuration()


def test_byte_order_mark(project: Path) -> None:
    """A byte order mark does no harm."""
    (project / "runway-flow.toml").write_bytes(b"\xef\xbb\xbfjobs = 2")
    assert read_configuration(None, project).jobs == 2


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ("jobs = 0", "a whole number from 1"),
        ("jobs = 1.5", "a whole number from 1"),
        ("jobs = true", "a whole number from 1"),
        ("budget = -1", "a number of credits"),
        ("budget = nan", "a number of credits"),
        ("budget = 1e300", "a number of credits"),
        ("budget = true", "a number of credits"),
        ("budget = '5'", "a number of credits"),
        ("confirm_above = inf", "a number of credits"),
        ("progress = 'loud'", "auto, live, plain, json or none"),
        ("store = ''", "a path"),
        ("store = 1", "a path"),
        ("allow_paths = 'media'", "a list of paths"),
        ("allow_paths = [1]", "a list of paths"),
        ("tables = ['a.yaml']", "a path"),
    ],
)
def test_wrong_values(project: Path, entry: str, wanted: str) -> None:
    """A value of the wrong kind says which kind its key takes."""
    name = entry.partition(" ")[0]
    assert failure(entry, project).message.endswith(f"runway-flow.toml: `{name}` takes {wanted}")


def test_unknown_key(project: Path) -> None:
    """An unknown key is an error with the nearest key, or all of them."""
    assert failure("budgt = 1", project).hint == "did you mean `budget`?"
    assert str(failure("zzz = 1", project).hint).startswith("accepted: store, jobs, budget")


@pytest.mark.parametrize("name", ["api_key", "RUNWAYML_API_SECRET", "token"])
def test_keys_never_stand_in_a_file(project: Path, name: str) -> None:
    """Whoever writes a key into the file is told where it belongs, and the key is not repeated."""
    error = failure(f"{name} = 'key_abc'", project)
    assert "environment" in str(error.hint)
    assert "key_abc" not in f"{error.message}{error.hint}"


def test_invalid_toml(project: Path) -> None:
    """A file that is not TOML is named with the place."""
    assert "is not valid TOML" in failure("jobs = ", project).message


def test_unreadable_files(project: Path) -> None:
    """A named file that is missing or no text is an error."""
    with pytest.raises(UsageError, match=r"missing\.toml cannot be read: No such file"):
        read_configuration(project / "missing.toml", project)
    (project / "bad.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="it is not UTF-8"):
        read_configuration(project / "bad.toml", project)


def test_table_that_is_none(project: Path) -> None:
    """`tool.runway-flow` must be a table."""
    write(project / "pyproject.toml", "[tool]\nrunway-flow = 3")
    with pytest.raises(UsageError, match="must be a table"):
        read_configuration(None, project)
