"""study: checks params.yaml, and hands every stage what concerns it, with a digest of the code that it runs.

reads   params.yaml, the code of the library, of the project, and of what the study names
writes  study/<stage>.json, study/<generation>/<stage>.json
"""

from heredity.errors import StudyError
from heredity.extras import require
from heredity.layout import PARAMS, Layout
from heredity.pipeline.checked import checked_study, decided_study
from heredity.pipeline.handouts import handouts, write_handouts
from heredity.pipeline.runner import run_stage
from heredity.study.load import read_params
from heredity.workers import ParallelMap, map_in_processes


def main(*, local_map: ParallelMap = map_in_processes) -> None:
    """Run the stage; an edit meanwhile is refused, because dvc.lock would say that the study is of the edited file."""
    require("report")  # which comes last, hours later
    params = read_params(PARAMS)
    study = checked_study(params, PARAMS, local_map)
    write_handouts(Layout(), handouts(decided_study(study, local_map), params), study.study)
    if read_params(PARAMS) != params:
        raise StudyError(f"{PARAMS}: expected it to stay as it was while study ran, got an edit; start again")


if __name__ == "__main__":
    run_stage(main)
