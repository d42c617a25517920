"""python -m musubime"""

from musubime.cli import main

if __name__ == "__main__":
    main()
