"""Remember what was deployed, and what was taken back."""


class Deployments:
    """What ran in production, in order.

    Attributes:
        log: The number of each release, the one that runs last.
        bad: Those that were taken back.
    """

    def __init__(self) -> None:
        self.log: list[int] = []
        self.bad: set[int] = set()

    def deploy(self, release: int) -> None:
        """Run a release, and note it.

        Raises:
            ValueError: It was taken back before.
        """
        if release in self.bad:
            raise ValueError(f"{release} was taken back: mend it first")
        self.log.append(release)

    def take_back(self, release: int) -> int:
        """Run the last good release, if this one runs.

        Args:
            release: The number of the one that does harm.

        Returns:
            The number of what runs now.

        Raises:
            LookupError: No release is left that was not taken back.
        """
        self.bad.add(release)
        if self.log[-1] == release:
            good = [each for each in self.log if each not in self.bad]
            if not good:
                raise LookupError(f"nothing good before {release}")
            self.deploy(good[-1])
        return self.log[-1]
