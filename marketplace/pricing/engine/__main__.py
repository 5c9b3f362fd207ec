"""`python -m marketplace.pricing.engine`: JSON lines on stdin, one answer each on stdout."""

import os
import sys

from marketplace.pricing.engine.errors import PricingError
from marketplace.pricing.engine.protocol import answers


def main() -> int:
    """0 at the end of the input, or where nobody reads on; 2 with one sentence on stderr at a
    malformed line.
    """
    try:
        for answer in answers(sys.stdin):
            print(answer, flush=True)
    except PricingError as error:
        print(error, file=sys.stderr)
        return 2
    except UnicodeDecodeError:
        print("The input is not UTF-8 text.", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or it complains at the end
    return 0


sys.exit(main())
