"""Make the sample district's net anew: `python -m gridgov.demo.build_net`."""

from gridgov.demo.geography import AREAS_FILE, GAOMING, write_areas
from gridgov.demo.net_builder import build_areas


def main() -> None:
    """Write geodata/gaoming/areas.geojson.gz from the outline and the place lists."""
    write_areas(build_areas(GAOMING), AREAS_FILE)


if __name__ == "__main__":
    main()
