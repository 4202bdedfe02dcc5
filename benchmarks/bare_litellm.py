"""litellm without anything around it: imported, then asked. A process of its own.

`python -m benchmarks.bare_litellm URL` prints how many seconds it took from the import to the end of a first reply.
"""

import asyncio
import os
import sys
import time
from typing import Any, cast

__all__ = ["main"]


async def main(url: str) -> None:
    """Import, ask, read the reply."""
    started_s = time.perf_counter()
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # or it asks the network for prices
    import litellm

    ask = cast("Any", litellm).acompletion
    messages = [{"role": "user", "content": "Say something."}]
    stream = await ask(model="openai/m", messages=messages, api_base=url, api_key="none", stream=True)
    async for _ in stream:
        pass
    print(time.perf_counter() - started_s, flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
