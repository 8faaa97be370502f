import "@tensorflow/tfjs"
import { enableProdMode } from "@tensorflow/tfjs-core"

/**
 * Makes tfjs ready: the gradients of its operations and its cpu backend come with the whole package only. Without production
 * mode it checks every number for NaN and prints an advertisement for its native addon.
 */
enableProdMode()
