#!/usr/bin/env node
import { launch } from "../setup/launch.mjs"

await launch(process.argv.slice(2))
